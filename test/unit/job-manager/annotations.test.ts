import type { JsonObject } from '../../../core';
import { mergeAnnotations, withoutAnnotation } from '../../../plugins/job-manager/annotations';

describe('annotations', () => {
  test.each([
    ['an object merges into an object', { a: { b: 1 } }, { a: { c: 2 } }, { a: { b: 1, c: 2 } }],
    ['an object replaces what is none', { a: 1 }, { a: { c: 2 } }, { a: { c: 2 } }],
    ['other values replace', { a: { b: 1 } }, { a: [1] }, { a: [1] }],
    ['null deletes', { a: 1, b: 2 }, { a: null }, { b: 2 }],
    ['null of what is not there does nothing', { a: 1 }, { b: null }, { a: 1 }],
    ['objects left empty go', { a: { b: { c: 1 } }, d: 1 }, { a: { b: { c: null } } }, { d: 1 }],
    ['an empty object leaves nothing', undefined, { a: { b: {} } }, undefined],
    ['nulls in a new object go', undefined, { a: { b: null, c: 1 } }, { a: { c: 1 } }],
    ['the last one gone means none', { a: 1 }, { a: null }, undefined],
  ])('%s', (_what, old, update, expected) => {
    expect(mergeAnnotations(old, update)).toEqual(expected);
  });

  test('a merge changes neither side', () => {
    const old = Object.freeze({ a: Object.freeze({ b: 1 }) });
    const update = Object.freeze({ a: Object.freeze({ c: 2 }) });
    mergeAnnotations(old, update);
    expect([old, update]).toEqual([{ a: { b: 1 } }, { a: { c: 2 } }]);
  });

  test('a member can be dropped', () => {
    expect(withoutAnnotation({ sched: { x: 1 }, user: { y: 1 } }, 'sched')).toEqual({ user: { y: 1 } });
    expect(withoutAnnotation({ sched: { x: 1 } }, 'sched')).toBeUndefined();
    expect(withoutAnnotation(undefined, 'sched')).toBeUndefined();
  });

  test('names of Object.prototype are names like any other', () => {
    const update = JSON.parse('{"__proto__":{"a":1},"constructor":{"b":2}}');
    const merged = mergeAnnotations({ x: 1 }, update);
    expect(JSON.stringify(merged)).toBe('{"x":1,"__proto__":{"a":1},"constructor":{"b":2}}');
  });

  test('that are nested too deeply are refused', () => {
    let deep: JsonObject = {};
    for (let i = 0; i < 200; i++) deep = { deep };
    expect(() => mergeAnnotations(undefined, deep)).toThrow('nested too deeply');
    expect(() => mergeAnnotations(undefined, { list: [[deep]] })).toThrow('nested too deeply');
  });
});

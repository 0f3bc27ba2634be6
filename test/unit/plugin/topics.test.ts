import { checkTopic, jobtapMayWait, jobtapTopics, matchesAny, shellTopics } from '../../../core/plugin';

test.each(['job.validate', 'job.dependency.after', 'job.event.start', 'job.state.*', '*'])('%s is a jobtap hook', (topic) => {
  expect(() => checkTopic(topic, jobtapTopics)).not.toThrow();
});

test.each([
  ['job.state.running', 'unknown hook job.state.running; did you mean job.state.run?'],
  ['job.validte', 'unknown hook job.validte; did you mean job.validate?'],
  ['whatever', 'unknown hook whatever'],
])('%s is refused', (topic, text) => {
  expect(() => checkTopic(topic, jobtapTopics)).toThrow(expect.objectContaining({ code: 'EINVAL', message: text }));
});

test('the tables say who may wait', () => {
  expect(['job.validate', 'job.dependency.x', 'job.new'].map((topic) => matchesAny(topic, jobtapMayWait))).toEqual([true, true, false]);
  expect(() => checkTopic('task.inti', shellTopics)).toThrow('did you mean task.init?');
});

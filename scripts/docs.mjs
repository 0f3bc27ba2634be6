#!/usr/bin/env node
// npm run docs: writes docs/protocol/topics.md, the methods and events of all services, from core/protocol: what a row says, and the comment above it.
// Needs what `npm run build` built. A test tells when the page is stale.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const page = path.join(root, 'docs/protocol/topics.md');
const require = createRequire(import.meta.url);

const head = `# Topics

Every method and event of every service that is shipped. Written by \`npm run docs\` from the tables in core/protocol: change those, not this page. What
the parts mean together stands in the pages that each service names.

- *who*: who may call it besides the instance owner. **owner**: nobody; **user**: users with the user role, for what is theirs; **any**: all.
- *request*, *response*: JSON objects; \`key?\` may be left out. \`id\` is an unsigned integer of 64 bits. Without a request the payload is not looked at; a request
  that does not fit is EPROTO. **text** is a string payload, **bytes** a raw one.
- *stream*: takes requests with the STREAMING flag alone, and answers until ENODATA. *either*: as the request asks. *never*: nobody is answered.
- *rank 0*: elsewhere it is ENOSYS.
`;

/** The text of docs/protocol/topics.md. */
export function topicsPage() {
  const { methodsOf, eventsOf, serviceName } = require(path.join(root, 'build/core/protocol/index.js'));
  const folder = path.join(root, 'core/protocol');
  const files = fs.readdirSync(folder).filter((name) => name.endsWith('.ts'));
  const comments = new Map(files.map((name) => [name, commentsOf(fs.readFileSync(path.join(folder, name), 'utf8'))]));
  const texts = new Map(); // of a spec: rows that are another service's have its words
  const services = files
    .flatMap((name) => {
      const exported = require(path.join(root, 'build/core/protocol', name.replace(/\.ts$/, '.js')));
      const isTable = (value) =>
        typeof value === 'object' && value !== null && Object.getOwnPropertySymbols(value).some((s) => s.description === 'service');
      return Object.entries(exported).flatMap(([key, table]) =>
        isTable(table) && comments.get(name).has(key) ? [{ file: name, key, table, name: serviceName(table) }] : [],
      );
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const { file, key, table } of services)
    for (const [row, { spec }] of [...methodsOf(table), ...eventsOf(table)]) {
      const text = comments.get(file).get(`${key}.${row}`);
      if (text !== undefined && !texts.has(spec)) texts.set(spec, text);
    }
  const missing = [];
  const said = (topic, spec, own) => {
    const text = own ?? texts.get(spec);
    if (text === undefined) missing.push(topic);
    return text ?? '';
  };
  const sections = services.map(({ file, key, table, name }) => {
    const own = comments.get(file);
    const methods = methodsOf(table).map(([row, { topic, spec }]) => methodText(topic, spec, said(topic, spec, own.get(`${key}.${row}`))));
    const events = eventsOf(table).map(([row, { topic, spec }]) => eventText(topic, spec, said(topic, spec, own.get(`${key}.${row}`))));
    return [`## ${name}`, linked(own.get(key)), ...methods, ...events].join('\n\n');
  });
  if (missing.length > 0) throw new Error(`no comment says what these do: ${missing.join(', ')}`);
  return `${head}\n${sections.join('\n\n')}\n`;
}

function methodText(topic, { role, answers = 'once', leader, request, response, errors = {} }, text) {
  const notes = [`**${role}**`, ...(answers === 'once' ? [] : [answers]), ...(leader ? ['rank 0'] : [])];
  const rows = [
    ['request', formOf(request)],
    ['response', formOf(response)],
    [
      'errors',
      Object.entries(errors)
        .map(([code, when]) => `${code}: ${when}`)
        .join('; '),
    ],
  ];
  return [
    `### ${topic}`,
    '',
    `${notes.join(', ')}. ${linked(text)}`,
    '',
    ...rows.filter(([, value]) => value).map(([what, value]) => `- ${what}: ${value}`),
  ]
    .join('\n')
    .trimEnd();
}

function eventText(topic, { payload, subject = '', ending = '' }, text) {
  const form = formOf(payload);
  return [`### ${topic}${subject}${ending} (event)`, '', linked(text), ...(form ? ['', `- payload: ${form}`] : [])].join('\n');
}

function formOf(form) {
  if (form === undefined) return '';
  return typeof form === 'string' ? `**${form}**` : `\`${form.form}\``;
}

/** References to pages beside this one as links. */
function linked(text = '') {
  return text.replace(/docs\/protocol\/([a-z-]+\.md)/g, '[$1]($1)');
}

/** The comments above the tables and rows of a file, by `TABLE` and `TABLE.ROW`. */
function commentsOf(source) {
  const found = new Map();
  let table = '';
  for (const [, comment, exported, row] of source.matchAll(
    /(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*)?(?:^export const (\w+) = service\(|^ {2}(\w+)(?:: (?:method|event)\(|,$))/gm,
  )) {
    if (exported) table = exported;
    const text = comment
      ?.replace(/^\s*\* ?/gm, '')
      .replace(/\s+/g, ' ')
      .trim();
    if (exported || text !== undefined) found.set(exported ?? `${table}.${row}`, text ?? '');
  }
  return found;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) fs.writeFileSync(page, topicsPage());

import { encodeJobId, type Shell } from 'flux';
import { f58 } from 'flux/internal';

/**
 * Fills in `{{id}}`, `{{jobid}}` and `{{id.ENCODING}}` of an output path (docs/protocol/shell.md §9.5). What is not understood stays as it is, and is
 * logged.
 */
export function renderTemplate(shell: Shell, template: string): string {
  let rendered = '';
  for (let at = 0; ; ) {
    const open = template.indexOf('{{', at);
    if (open < 0) return rendered + template.slice(at);
    rendered += template.slice(at, open);
    const close = template.indexOf('}}', open + 2);
    if (close < 0) {
      shell.host.error(`mustache template error at pos=${open + 2}`);
      return rendered + template.slice(open);
    }
    const tag = template.slice(open + 2, close);
    rendered += renderTag(shell, tag) ?? template.slice(open, close + 2);
    at = close + 2;
  }
}

function renderTag(shell: Shell, tag: string): string | undefined {
  const name = tag.startsWith('jobid') ? tag.slice('job'.length) : tag;
  const { jobid } = shell.info;
  if (name === 'id') return f58(jobid, shell.host.env);
  if (!name.startsWith('id.')) {
    shell.error(`Unknown mustache tag '${name}'`);
    return undefined;
  }
  const encoding = name.slice('id.'.length);
  if (encoding === 'f58') return f58(jobid, shell.host.env);
  try {
    return encodeJobId(jobid, encoding);
  } catch {
    shell.error(`Invalid jobid encoding '${name}' specified`);
    return undefined;
  }
}

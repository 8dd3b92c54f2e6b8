import { type CatalogueEntry, ERROR_CATALOGUE, type ErrorKind } from '../../src/errors/catalogue.ts'
import { WARNINGS } from '../../src/errors/warnings.ts'
import { type Errcode, WECHAT_ERRCODES } from '../../src/errors/wechat-errcodes.ts'

const CLASS_OF: Record<ErrorKind, string> = {
  request: 'WechatRequestError',
  config: 'WechatConfigError',
  unavailable: 'WechatUnavailableError',
  upstream: 'WechatUpstreamError',
  voice: 'VoiceError',
}

/** Returns the text of docs/errors.md. */
export function renderErrorDocs(): string {
  return `${[
    '# Errors and warnings',
    'This page is generated from `src/errors` by `npm run error-docs`. Each message of the package ends with the address of its entry here. `code` is stable; messages may change. The Chinese text is what the person in front of the page reads (`msg`).',
    '## Error codes',
    ...Object.entries<CatalogueEntry>(ERROR_CATALOGUE).map(([code, entry]) => renderError(code, entry)),
    "## WeChat's errcodes",
    'A refusal by WeChat is a `WechatApiError` with the code `wechat_refused` and these properties: `errcode`, `errmsg`, `rid`, `endpoint`, `remedy`. An errcode that is not listed here is answered with status 502. See [WeChat’s own list](https://developers.weixin.qq.com/doc/service/guide/dev/errorcode.html).',
    ...Object.entries(WECHAT_ERRCODES)
      .sort(([one], [other]) => Number(one) - Number(other))
      .map(([errcode, entry]) => renderErrcode(errcode, entry)),
    '## Warnings',
    'Warnings are emitted by `process.emitWarning` with the type `WechatWarning`, once for each cause. A failed request whose cause only an operator can mend is a warning too, under its error code.',
    ...Object.entries(WARNINGS).map(
      ([code, { en, remedy }]) => `### ${code}\n${en}.\n\n*What to do:* ${remedy}.`,
    ),
  ].join('\n\n')}\n`
}

function renderError(code: string, { kind, status, zh, en, remedy }: CatalogueEntry): string {
  return `### ${code}\n\`${CLASS_OF[kind]}\`, HTTP status ${status}, 「${zh}」\n\n${en}.\n\n*What to do:* ${remedy}.`
}

function renderErrcode(errcode: string, { meaning, remedy, status = 502, zh, at = {} }: Errcode): string {
  const answer = `HTTP status ${status}${zh ? `, 「${zh}」` : ''}`
  const special = Object.entries(at).map(
    ([endpoint, { status: other = status, zh: text, remedy: mend }]) =>
      `- \`${endpoint}\`: ${other}${text ? `, 「${text}」` : ''}${mend ? `; ${mend}` : ''}`,
  )
  return [
    `### errcode ${errcode}`,
    `${answer}\n\n${sentence(meaning)}\n\n*What to do:* ${sentence(remedy)}`,
    special.join('\n'),
  ]
    .filter(part => part !== '')
    .join('\n')
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}

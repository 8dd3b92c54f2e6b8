const english: Record<number, string> = {
  400: 'This request is not right.',
  401: 'Please log in first.',
  403: 'This is not allowed.',
  404: 'There is no such page.',
  429: 'Too many requests. Please wait a minute and try again.',
  500: 'The service is not available. Please try again later.',
}

/** The page of an error, for a person who opened an address. It looks like the app and leads back to it. */
export function problemPage({ status, msg }: { status: number; msg: string }, language: 'zh' | 'en'): string {
  const text = language === 'zh' ? msg : (english[status] ?? english[status < 500 ? 400 : 500] ?? '')
  const title = language === 'zh' ? '时光胶囊' : 'Time Capsule'
  return `<!doctype html>
<html lang="${language === 'zh' ? 'zh-CN' : 'en'}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/base.css">
<link rel="stylesheet" href="/envelope.css">
<link rel="stylesheet" href="/notice.css">
</head>
<body>
<main>
<section class="notice">
<div class="seal broken" aria-hidden="true">封</div>
<h1>${escaped(text)}</h1>
<a class="primary" href="/">${language === 'zh' ? '回到时光胶囊' : 'Back to the capsules'}</a>
</section>
</main>
</body>
</html>
`
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)
}

/** Markup that goes into a page without being escaped. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** A tag for templates of markup. Their values are escaped, unless they are `Html`. */
export function html(
  parts: TemplateStringsArray,
  ...values: (string | number | Html | readonly Html[])[]
): Html {
  return new Html(
    parts.map((part, index) => part + (index < values.length ? written(values[index]) : '')).join(''),
  )
}

function written(value: string | number | Html | readonly Html[] | undefined): string {
  if (value instanceof Html) return value.text
  if (typeof value === 'object') return value.map(each => each.text).join('')
  return String(value ?? '').replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)
}

const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\'': '&#39;',
}

/** Markup that may be sent as it is: every value in it has been escaped. Only this module makes it. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/**
 * A template of markup. Values are escaped, for text and for quoted attributes; only markup that `html` made itself is
 * inserted unchanged. So a page cannot forget to escape what came from outside.
 */
export function html(template: TemplateStringsArray, ...values: (Html | Html[] | string | number)[]): Html {
  return new Html(String.raw({ raw: template }, ...values.map(render)))
}

/** Puts the separator between pieces of markup. */
export function join(pieces: Html[], separator: string): Html {
  return new Html(pieces.map(render).join(render(separator)))
}

function render(value: Html | Html[] | string | number): string {
  if (value instanceof Html) return value.text
  if (Array.isArray(value)) return value.map(render).join('')
  return String(value).replace(/[&<>"']/g, character => ESCAPES[character]!)
}

/** The values of a template's fields, by the names that the template gives them. */
export type TemplateData = Readonly<Record<string, string | number>>

/** The page of a mini program, of the same company as the account, that the message opens. */
export interface MiniProgramPage {
  appId: string
  pagePath: string
}

export function toTemplateData(data: TemplateData): Record<string, { value: string }> {
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, { value: String(value) }]))
}

export function toMiniProgram({ appId, pagePath }: MiniProgramPage): { appid: string; pagepath: string } {
  return { appid: appId, pagepath: pagePath }
}

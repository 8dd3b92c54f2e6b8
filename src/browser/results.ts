import type { WechatResult } from './official-script.js'

/**
 * Gives a result the same form on every client. The official script decodes the JSON texts of Android and iOS by the
 * User-Agent; that of a HarmonyOS phone is neither, so its results can still be JSON text.
 */
export function normalise(
  name: string,
  result: WechatResult,
  nativeNames: readonly string[],
  names: readonly string[],
): WechatResult {
  for (const field of ['localIds', 'checkResult', 'extraData', 'resultStr'] as const) {
    if (!(field in result)) continue
    const value = parsed(result[field])
    // A scanned text can be JSON itself, so only the envelope that iOS adds around it is removed.
    if (field !== 'resultStr') result[field] = value
    else if (Object(value).scan_code) result[field] = Object(value).scan_code.scan_result
  }
  const { checkResult } = result
  if (checkResult) {
    result.checkResult = Object.fromEntries(
      Object.entries(checkResult).map(([native, isThere]) => [
        names[nativeNames.indexOf(native)] ?? native,
        isThere,
      ]),
    )
  }
  if (name === 'getLocalImgData') result.localData = dataUrl(String(result.localData))
  return result
}

function parsed(value: unknown): unknown {
  if (typeof value !== 'string') return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}

/** Makes a valid data URL. Android gives base64 alone with line breaks, iOS a data URL of a type that doesn't exist. */
function dataUrl(localData: string): string {
  const base64 = localData.replace(/^data:[^,]*,/, '').replace(/\s/g, '')
  return `data:image/${base64.startsWith('iVBOR') ? 'png' : 'jpeg'};base64,${base64}`
}

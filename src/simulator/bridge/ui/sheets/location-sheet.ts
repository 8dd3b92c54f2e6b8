import type { SimulatedLocation } from '../../../protocol/bridge.js'
import type { Texts } from '../../texts.js'
import { element, icon, icons } from '../dom.js'
import { actions, openSheet, sheetTitle } from '../sheet.js'
import type { SheetHost } from '../sheet-host.js'

// The coordinates are WGS-84, as a phone's satellites give them.
const places: (SimulatedLocation & { zh: string; en: string })[] = [
  { zh: '北京 · 天安门', en: 'Beijing · Tian’anmen', latitude: 39.9073, longitude: 116.3913 },
  { zh: '上海 · 外滩', en: 'Shanghai · The Bund', latitude: 31.2417, longitude: 121.486 },
  { zh: '广州 · 广州塔', en: 'Guangzhou · Canton Tower', latitude: 23.1092, longitude: 113.3191 },
  { zh: '成都 · 宽窄巷子', en: 'Chengdu · Kuanzhai Alley', latitude: 30.6721, longitude: 104.0518 },
]

/** Asks for the phone's location, in WGS-84. Undefined if the developer refuses it. */
export async function askForLocation(host: SheetHost): Promise<SimulatedLocation | undefined> {
  const { texts, settings } = host
  const sheet = openSheet<SimulatedLocation>(host, { title: texts.locationAsk, testId: 'location' })
  const list = element('ul', { class: 'list' })
  places.forEach(({ latitude, longitude, ...names }, index) => {
    const text = element(
      'span',
      {},
      names[settings.language],
      element('small', { text: `${latitude}, ${longitude}` }),
    )
    const button = element('button', { testId: `place-${index + 1}` }, icon(icons.pin), text)
    button.addEventListener('click', () => sheet.close({ latitude, longitude }))
    list.append(element('li', {}, button))
  })
  list.append(
    element(
      'li',
      {},
      ownLocation(host, location => sheet.close(location)),
    ),
  )

  const form = coordinatesForm(texts, location => sheet.close(location))
  sheet.body.append(sheetTitle(texts.locationAsk), list, form)
  form.append(
    actions(
      element('button', { testId: 'cancel', text: texts.refuse, onclick: () => sheet.close() }),
      element('button', {
        class: 'primary',
        testId: 'location-confirm',
        type: 'submit',
        text: texts.confirm,
      }),
    ),
  )
  return sheet.closed
}

function ownLocation(host: SheetHost, found: (location: SimulatedLocation) => void): HTMLElement {
  const button = element('button', { testId: 'place-own' }, icon(icons.target), host.texts.locationMine)
  button.addEventListener('click', () => {
    navigator.geolocation.getCurrentPosition(
      ({ coords: { latitude, longitude, accuracy, speed } }) =>
        found({ latitude, longitude, accuracy, speed: speed ?? 0 }),
      () => host.toast(host.texts.locationMineFailed),
    )
  })
  return button
}

function coordinatesForm(texts: Texts, given: (location: SimulatedLocation) => void): HTMLFormElement {
  const [first] = places
  const field = (testId: string, value: number, limit: number) => {
    const input = element('input', { type: 'number', testId })
    input.step = 'any'
    input.min = String(-limit)
    input.max = String(limit)
    input.required = true
    input.value = String(value)
    return input
  }
  const latitude = field('latitude', first?.latitude ?? 0, 90)
  const longitude = field('longitude', first?.longitude ?? 0, 180)
  const form = element(
    'form',
    {},
    element(
      'div',
      { class: 'fields' },
      element('label', {}, texts.latitude, latitude),
      element('label', {}, texts.longitude, longitude),
    ),
  )
  form.addEventListener('submit', event => {
    event.preventDefault()
    given({ latitude: latitude.valueAsNumber, longitude: longitude.valueAsNumber })
  })
  return form
}

/** Shows the name, address and coordinates of a place, for `wx.openLocation`. The map is only a pin on a grid. */
export function showPlace(
  host: SheetHost,
  place: SimulatedLocation & { name: string; address: string },
): void {
  const sheet = openSheet(host, { title: place.name || host.texts.latitude, testId: 'place' })
  sheet.body.append(
    element('div', { class: 'map' }, icon(icons.pin)),
    sheetTitle(place.name, `${place.address} (GCJ-02: ${place.latitude}, ${place.longitude})`.trim()),
    actions(element('button', { testId: 'cancel', text: host.texts.close, onclick: () => sheet.close() })),
  )
}

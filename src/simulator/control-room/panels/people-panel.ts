import { element, reconcile } from '../dom.js'
import type { LiveRoom } from '../live-room.js'
import { panelOf } from '../panel.js'
import type { RoomPerson, RoomSnapshot } from '../protocol.js'
import { addressOf } from '../simulator-api.js'
import { texts } from '../texts.js'

/** Who is at the phone. */
export function peoplePanel(live: LiveRoom): HTMLElement {
  const { panel, body } = panelOf('people', texts.people, texts.peopleNote)
  const list = element('div', {
    class: 'people',
    attributes: { role: 'radiogroup', 'aria-label': texts.people },
  })
  body.append(list)

  live.add(({ people, personId }: RoomSnapshot) => {
    reconcile(list, [null, ...people], person => personRow(live, person))
    for (const input of list.querySelectorAll('input')) input.checked = input.value === (personId ?? '')
  })
  return panel
}

/** Nobody is a choice too: then WeChat asks at each login. */
function personRow(live: LiveRoom, person: RoomPerson | null): HTMLElement {
  const input = element('input', { attributes: { type: 'radio', name: 'person', value: person?.id ?? '' } })
  input.addEventListener('change', () => live.change(api => api.bePerson(person?.id)))
  if (!person)
    return element('label', { class: 'person nobody' }, input, element('b', { text: texts.askEachTime }))
  return element(
    'label',
    { class: 'person' },
    input,
    element('img', { attributes: { src: addressOf(`/mmopen/${person.id}/132`), alt: '' } }),
    element(
      'span',
      {},
      element('b', { text: person.nickname }),
      element('small', { text: person.isFollower ? texts.follower : texts.stranger }),
    ),
  )
}

import type { DashboardPerson, DashboardSnapshot } from '../../protocol/dashboard.js'
import { element, reconcile } from '../dom.js'
import type { LiveData } from '../live-data.js'
import { panelOf } from '../panel.js'
import { addressOf } from '../simulator-api.js'
import { texts } from '../texts.js'

/** Who is at the phone. */
export function peoplePanel(live: LiveData): HTMLElement {
  const { panel, body } = panelOf('people', texts.people, texts.peopleNote)
  const list = element('div', {
    class: 'people',
    attributes: { role: 'radiogroup', 'aria-label': texts.people },
  })
  body.append(list)

  live.add(({ people, personId }: DashboardSnapshot) => {
    reconcile(list, [null, ...people], person => personRow(live, person))
    for (const input of list.querySelectorAll('input')) input.checked = input.value === (personId ?? '')
  })
  return panel
}

/** Nobody is a choice too: then WeChat asks at each login. */
function personRow(live: LiveData, person: DashboardPerson | null): HTMLElement {
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

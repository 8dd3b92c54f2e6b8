import { useState } from 'preact/hooks'
import type { DashboardPerson } from '../../protocol/dashboard.js'
import { buildAddress } from '../data/simulator-api.js'
import { texts } from '../texts/texts.js'
import { useChanges } from '../ui/observable.js'
import { Button, CopyButton, Section } from '../ui/parts.js'
import { useWorkspace, type Workspace } from '../workspace.js'

/** The list of people, in which one is chosen to use the phone. */
export function PeopleTab() {
  const workspace = useWorkspace()
  const { live } = workspace
  useChanges(live)
  const { people = [], personId = null } = live.data ?? {}
  return (
    <Section
      title={texts.people}
      note={texts.peopleNote(location.hostname)}
      tools={
        <Button
          text={texts.addPerson}
          onClick={() => void live.change(api => api.addPerson({ nickname: texts.newPerson }))}
        />
      }
    >
      <div class="people" role="radiogroup" aria-label={texts.people}>
        <label class="person nobody">
          <input
            type="radio"
            name="person"
            checked={personId === null}
            onChange={() => void switchTo(workspace, undefined)}
          />
          <b>{texts.askEachTime}</b>
        </label>
        {people.map(person => (
          <PersonRow key={person.id} person={person} isChosen={person.id === personId} />
        ))}
      </div>
    </Section>
  )
}

/** Lets a person use the phone from now on: its page logs in again. Without an id, each login asks who one is. */
export async function switchTo({ live, phone }: Workspace, id: string | undefined): Promise<void> {
  await live.change(async api => {
    if (phone.url) await api.signOut()
    await api.bePerson(id)
  })
  if (phone.url) phone.open(phone.url)
}

function PersonRow({ person, isChosen }: { person: DashboardPerson; isChosen: boolean }) {
  const workspace = useWorkspace()
  const [isEdited, setIsEdited] = useState(false)
  const { id, nickname, isFollower, avatarColour } = person
  return (
    <div class="person-row">
      <label class="person">
        <input
          type="radio"
          name="person"
          value={id}
          checked={isChosen}
          onChange={() => void switchTo(workspace, id)}
        />
        <img
          src={`${buildAddress(`/mmopen/${id}/132`)}?${encodeURIComponent(nickname + avatarColour)}`}
          alt=""
        />
        <span>
          <b>{nickname}</b>
          <small>{isFollower ? texts.follower : texts.stranger}</small>
        </span>
      </label>
      <button
        type="button"
        class="icon"
        aria-label={texts.edit(nickname)}
        aria-expanded={isEdited}
        onClick={() => setIsEdited(!isEdited)}
      >
        ✎
      </button>
      {isEdited && <PersonForm person={person} onDone={() => setIsEdited(false)} />}
    </div>
  )
}

function PersonForm({ person, onDone }: { person: DashboardPerson; onDone: () => void }) {
  const { live } = useWorkspace()
  const [nickname, setNickname] = useState(person.nickname)
  const [isFollower, setIsFollower] = useState(person.isFollower)
  return (
    <form
      class="person-form"
      onSubmit={event => {
        event.preventDefault()
        void live.change(api => api.changePerson(person.id, { nickname, isFollower })).then(onDone)
      }}
    >
      <label>
        {texts.nickname}
        <input class="field" value={nickname} onInput={event => setNickname(event.currentTarget.value)} />
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={isFollower}
          onChange={event => setIsFollower(event.currentTarget.checked)}
        />
        {texts.follower}
      </label>
      <p class="ids">
        <code>{person.openid}</code>
        <CopyButton text={person.openid} label={`${texts.copy} openid`} />
        <CopyButton text={person.unionid} label={`${texts.copy} unionid`} />
      </p>
      <button type="submit" class="weui-btn weui-btn_mini weui-btn_primary">
        {texts.save}
      </button>
    </form>
  )
}

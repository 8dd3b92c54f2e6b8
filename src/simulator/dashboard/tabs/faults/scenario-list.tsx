import { type ScenarioName, scenarioNames } from '../../../protocol/scenarios.js'
import { texts } from '../../texts/texts.js'
import { Button, CopyButton } from '../../ui/parts.js'
import { useWorkspace, type Workspace } from '../../workspace.js'
import { switchTo } from '../people-tab.js'
import { testWith } from './fault-choice.js'

/** The scenarios, each with a button that plays it, and a text that says what to look for in the app. */
export function ScenarioList() {
  const workspace = useWorkspace()
  return (
    <ul class="scenarios">
      {scenarioNames.map(name => {
        const { title, look } = texts.scenarioTexts[name]
        return (
          <li key={name}>
            <div>
              <b>{title}</b>
              <small>{look}</small>
            </div>
            <Button text={texts.play} onClick={() => void play(workspace, name)} />
            <CopyButton text={testWith(`simulator.scenario('${name}')`)} label={texts.copyAsTest} />
          </li>
        )
      })}
    </ul>
  )
}

async function play(workspace: Workspace, name: ScenarioName): Promise<void> {
  const { live, phone } = workspace
  let personId: string | undefined
  const isPlayed = await live.change(async api => {
    personId = (await api.playScenario(name)).personId
  })
  if (!isPlayed) return
  if (personId !== undefined) await switchTo(workspace, personId)
  else if (phone.url) phone.reload()
}

import { texts } from '../../texts/texts.js'
import { Section } from '../../ui/parts.js'
import { FaultForm } from './fault-form.js'
import { PlannedFaults } from './planned-faults.js'
import { ScenarioList } from './scenario-list.js'
import { SwitchList } from './switch-list.js'

/** Makes WeChat fail on purpose: one fault, a scenario, or a switch. */
export function FaultsTab() {
  return (
    <>
      <Section title={texts.scenarios} note={texts.scenariosNote}>
        <ScenarioList />
      </Section>
      <Section title={texts.faults} note={texts.faultsNote}>
        <FaultForm />
        <PlannedFaults />
      </Section>
      <Section title={texts.switches}>
        <SwitchList />
      </Section>
    </>
  )
}

import { useEffect, useState } from 'preact/hooks'
import { faultPaths } from '../../../protocol/scenarios.js'
import { faultLink } from '../../address-state.js'
import { texts } from '../../texts/texts.js'
import { useChanges } from '../../ui/observable.js'
import { CopyButton } from '../../ui/parts.js'
import { useWorkspace } from '../../workspace.js'
import {
  asTest,
  type FaultChoice,
  faultChoices,
  faultInLink,
  readFaultChoice,
  toFault,
} from './fault-choice.js'

/** The form that plans a fault: for which call, which fault, and how often. */
export function FaultForm() {
  const { live, navigation } = useWorkspace()
  useChanges(navigation)
  const [choice, setChoice] = useState(() => readFaultChoice(navigation.faultPath, navigation.faultName))
  const change = (changes: Partial<FaultChoice>) => setChoice({ ...choice, ...changes })

  useEffect(() => {
    if (navigation.faultPath) setChoice(readFaultChoice(navigation.faultPath, faultInLink(choice)))
  }, [navigation.faultPath])

  return (
    <form
      class="fault-form"
      onSubmit={event => {
        event.preventDefault()
        const { path, times, always } = choice
        void live.change(api => api.plan({ path, fault: toFault(choice), times, always }))
      }}
    >
      <PathAndKind choice={choice} change={change} />
      <KindDetails choice={choice} change={change} />
      <HowOften choice={choice} change={change} />
      <div class="buttons">
        <button type="submit" class="weui-btn weui-btn_mini weui-btn_primary">
          {texts.plan}
        </button>
        <CopyButton text={asTest(choice)} label={texts.copyAsTest} />
        <CopyButton text={faultLink(choice.path, faultInLink(choice))} label={texts.copyLink} />
      </div>
    </form>
  )
}

interface FieldsProps {
  choice: FaultChoice
  change: (changes: Partial<FaultChoice>) => void
}

function PathAndKind({ choice, change }: FieldsProps) {
  return (
    <>
      <label>
        {texts.faultPath}
        <select
          class="field"
          value={choice.path}
          onChange={event => {
            const path = faultPaths.find(candidate => candidate === event.currentTarget.value)
            if (path) change({ path })
          }}
        >
          {faultPaths.map(path => (
            <option key={path} value={path}>
              {texts.paths[path]}
            </option>
          ))}
        </select>
      </label>
      <label>
        {texts.faultKind}
        <select
          class="field"
          value={choice.kind}
          onChange={event => change({ kind: event.currentTarget.value })}
        >
          {faultChoices.map(({ value, text }) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      </label>
    </>
  )
}

/** The field that only two faults have: the number of an unlisted errcode, or the time of a delay. */
function KindDetails({ choice, change }: FieldsProps) {
  if (choice.kind === 'other') {
    return (
      <label>
        {texts.otherErrcode}
        <input
          class="field"
          inputMode="numeric"
          pattern="-?[0-9]{1,6}"
          required
          value={choice.errcode}
          onInput={event => change({ errcode: event.currentTarget.value })}
        />
      </label>
    )
  }
  if (choice.kind !== 'delay') return null
  return (
    <label>
      {texts.delayLabel((choice.delayMs / 1_000).toFixed(1))}
      <input
        type="range"
        min={0}
        max={30_000}
        step={500}
        value={choice.delayMs}
        onInput={event => change({ delayMs: Number(event.currentTarget.value) })}
      />
    </label>
  )
}

function HowOften({ choice, change }: FieldsProps) {
  return (
    <div class="line">
      <label>
        {texts.times}
        <input
          class="field"
          type="number"
          min={1}
          max={100}
          required
          disabled={choice.always}
          value={choice.times}
          onInput={event => change({ times: Number(event.currentTarget.value) })}
        />
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={choice.always}
          onChange={event => change({ always: event.currentTarget.checked })}
        />
        {texts.always}
      </label>
    </div>
  )
}

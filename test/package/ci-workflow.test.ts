import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const readText = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const script = readText('.ci/run')
const workflow = readText('.github/workflows/ci.yml')

/** Lines that change the shell or its folder, and check nothing. */
const SETTING = /^(?:#|$|set |cd |export )/

const commandsOfScript = script.split('\n').filter(line => !SETTING.test(line))
const steps = workflow.match(/^ {6}- .*$/gm) ?? []
const commandsOfWorkflow = steps.flatMap(step => /^ {6}- run: (.*)$/.exec(step)?.[1] ?? [])

describe('the workflow on GitHub', () => {
  it('runs the commands of .ci/run, in the same order, and no others', () => {
    expect(commandsOfScript[0]).toBe('npm ci')
    expect(commandsOfScript.length).toBeGreaterThanOrEqual(6)
    expect(commandsOfWorkflow).toEqual(commandsOfScript)
  })

  it('has no other step than the checkout, no condition, and no failure that it ignores', () => {
    expect(steps.length).toBe(commandsOfScript.length + 1)
    expect(steps[0]).toMatch(/^ {6}- uses: actions\/checkout@[0-9a-f]{40} # v\d/)
    expect(workflow).not.toMatch(/^ *(?:if|continue-on-error|working-directory):/m)
  })

  it('sets what .ci/run sets: CI, and a shell that ends at the first failure', () => {
    const exported = script.match(/^export \w+=\S+$/gm)
    expect(exported).toEqual(['export CI=true'])
    expect(workflow).toMatch(/^ {4}env:\n {6}CI: 'true'$/m)
    expect(script).toContain('set -euo pipefail')
    expect(workflow).toMatch(/^ {8}shell: bash$/m)
  })

  it('may read the repository, and nothing else', () => {
    expect(workflow).toMatch(/^permissions:\n {2}contents: read\n\n/m)
  })
})

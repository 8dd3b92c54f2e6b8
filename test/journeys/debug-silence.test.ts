// @express 5 alone: the subject is whether debug lines are written; debug-output.test.ts holds the lines on both majors.
import { expect, it } from 'vitest'
import { visitDebugSite } from '../support/debug-visit.ts'

it('without the section of this package in NODE_DEBUG, no line is written', async () => {
  const { stderr } = await visitDebugSite({ NODE_DEBUG: 'express' })
  expect(stderr).toBe('')
}, 60_000)

import type { CheckId } from './check-ids.js'
import type { Examination } from './examination.js'
import type { Outcome } from './outcome.js'

export interface Check {
  id: CheckId
  run(examination: Examination): Promise<Outcome> | Outcome
}

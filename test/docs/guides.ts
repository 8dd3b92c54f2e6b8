import { readSamples, type Sample } from './samples.ts'

/** The guides of `docs/guides`, each in two files, by the names of the files without their language. */
export const guides = [
  'production',
  'local-debugging',
  'separated-front-ends',
  'proxies',
  'many-processes-and-scaling',
  'gateway-and-other-languages',
  'security',
  'privacy',
  'rate-limits-and-csp',
] as const

export const englishOf = (guide: string) => `docs/guides/${guide}.md`
export const chineseOf = (guide: string) => `docs/guides/${guide}.zh-CN.md`

/** The samples of all guides. Those of the Chinese ones are the same, which a test holds. */
export const guideSamples: readonly Sample[] = guides.flatMap(guide => readSamples(englishOf(guide)))

/** The sample with the label `recipe={name}`, which a test runs by that name. */
export function findRecipe(name: string): Sample {
  const found = guideSamples.filter(({ labels }) => labels.includes(`recipe=${name}`))
  const [sample] = found
  if (!sample || found.length > 1) throw new Error(`${found.length} samples are recipe=${name}`)
  return sample
}

/** The SVG paths of the icons, in a 24 by 24 view box. */
const paths = {
  back: 'M15 5l-7 7 7 7',
  dots: 'M5 12h.01M12 12h.01M19 12h.01',
  reload: 'M19 12a7 7 0 1 1-2-4.900M19 4v4h-4',
  rotate: 'M4 9h10v11H4zM17 4a5 5 0 0 1 3 5M20 9l2-2M20 9l-2-2',
  moon: 'M19 14.500A8 8 0 0 1 9.500 5a7.500 7.500 0 1 0 9.500 9.500z',
  chat: 'M12 4c4.500 0 8 3 8 6.500S16.500 17 12 17h-1l-4 3v-4c-2-1.200-3-3.200-3-5.500C4 7 7.500 4 12 4z',
  scan: 'M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4M4 12h16',
  outside: 'M14 4h6v6M20 4l-9 9M18 14v6H4V6h6',
} as const

export type IconName = keyof typeof paths

export function Icon({ name }: { name: IconName }) {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  )
}

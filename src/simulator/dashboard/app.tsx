import { Inspector } from './inspector.js'
import { PhoneTools } from './phone/phone-tools.js'
import { PhoneView } from './phone/phone-view.js'
import { TopBar } from './top-bar.js'
import { NoteBar } from './ui/note.js'
import { useChanges } from './ui/observable.js'
import { type Workspace, WorkspaceContext } from './workspace.js'

/** The dashboard: the phone, and the inspector beside it. A narrow window hides one of the two, which keeps its state. */
export function App({ workspace }: { workspace: Workspace }) {
  const { navigation, phone } = workspace
  useChanges(navigation, phone)
  const isWide = phone.profile === 'desktop' || phone.isLandscape
  return (
    <WorkspaceContext.Provider value={workspace}>
      <TopBar />
      <main class={`dashboard ${isWide ? 'wide-phone' : ''}`} data-view={navigation.view}>
        <div class="stage">
          <PhoneTools />
          <PhoneView />
        </div>
        <Inspector />
      </main>
      <NoteBar />
    </WorkspaceContext.Provider>
  )
}

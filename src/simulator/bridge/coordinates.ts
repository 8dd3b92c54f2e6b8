import gcoord from 'gcoord'
import type { SimulatedLocation } from '../protocol/bridge.js'

/**
 * Converts a WGS-84 position, which satellites and browsers give, to GCJ-02, in which Chinese maps are drawn. In China
 * the result is 50 to 700 metres away; elsewhere it is the same position.
 */
export function toGcj02(location: SimulatedLocation): SimulatedLocation {
  const { latitude, longitude } = location
  const [east = longitude, north = latitude] = gcoord.transform(
    [longitude, latitude],
    gcoord.WGS84,
    gcoord.GCJ02,
  )
  return { ...location, latitude: round(north), longitude: round(east) }
}

/** Rounds to six decimals of a degree, about a tenth of a metre. */
function round(degrees: number): number {
  return Math.round(degrees * 1e6) / 1e6
}

import gcoord from 'gcoord'
import type { SimulatedLocation } from '../protocol/bridge.js'

/**
 * Gives a WGS-84 position, which satellites and browsers give, in GCJ-02, in which Chinese maps are drawn. In China they
 * are 50 to 700 metres apart; elsewhere they are the same.
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

/** Rounds to six decimals, which are a tenth of a metre. */
function round(degrees: number): number {
  return Math.round(degrees * 1e6) / 1e6
}

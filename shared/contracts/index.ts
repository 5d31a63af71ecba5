import * as audit from './audit.ts'
import * as autoSync from './auto-sync.ts'
import * as connect from './connect.ts'
import * as cron from './cron.ts'
import type { Contract } from './contract.ts'
import * as integrations from './integrations.ts'
import * as keys from './keys.ts'
import * as oauthApps from './oauth-apps.ts'
import * as polling from './polling.ts'
import * as scans from './scans.ts'
import * as session from './session.ts'
import * as system from './system.ts'
import * as webhooks from './webhooks.ts'

/** Every operation of the HTTP interface, in the order in which the documentation shows them. */
export const contracts: readonly Contract[] = [
  session.createAccount,
  session.createSession,
  session.readSession,
  session.deleteSession,
  connect.listProviders,
  connect.startConnection,
  connect.finishConnection,
  connect.finishSharedConnection,
  connect.readChoice,
  connect.submitChoice,
  integrations.listIntegrations,
  integrations.readIntegration,
  integrations.updateIntegration,
  integrations.refreshIntegration,
  integrations.checkIntegration,
  integrations.deleteIntegration,
  integrations.listIntegrationAudit,
  audit.searchAudit,
  audit.exportAudit,
  keys.readKeys,
  oauthApps.listOAuthApps,
  oauthApps.saveOAuthApp,
  oauthApps.removeOAuthApp,
  polling.readPolling,
  polling.updatePolling,
  polling.pollIntegration,
  polling.listPlatformData,
  polling.deletePlatformData,
  scans.scanIntegration,
  scans.listAssessments,
  scans.latestAssessments,
  scans.readAssessment,
  scans.exportAssessment,
  scans.previewSchedule,
  webhooks.readWebhook,
  webhooks.createWebhook,
  webhooks.deleteWebhook,
  webhooks.receiveWebhook,
  autoSync.readAutoSync,
  autoSync.saveAutoSync,
  autoSync.removeAutoSync,
  autoSync.syncNow,
  autoSync.listNuggets,
  cron.tokenRefreshByGet,
  cron.tokenRefreshByPost,
  cron.maintenanceByGet,
  cron.maintenanceByPost,
  polling.platformPollingByGet,
  polling.platformPollingByPost,
  scans.scansByGet,
  scans.scansByPost,
  autoSync.autoSyncByPost,
  system.readHealth,
  system.readReadiness,
  system.readMetrics,
  system.readOpenApi,
]

import { finishSharedConnection } from '../../../../shared/contracts/connect.ts'
import { defineCallback } from '../../../http/define-callback.ts'

export default defineCallback(finishSharedConnection)

import { finishSharedConnection } from '../../../../shared/contracts/connect.ts'
import { defineCallback } from '../../../utils/define-callback.ts'

export default defineCallback(finishSharedConnection)

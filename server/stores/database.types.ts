// Written by `npm run schema` from supabase/migrations. A test compares.
// Whatever JSON can hold: the stores check it with zod.
type Json = unknown

export interface Database {
  public: {
    Tables: {
      assessments: {
        Row: {
          again: boolean
          attempts: number
          cause: string
          counts: Json
          current_rule: string | null
          error: string | null
          finished_at: string | null
          id: string
          integration_id: string
          integration_type: string
          lease_owner: string | null
          lease_until: string | null
          not_before: string | null
          organization_id: string
          requested_at: string
          requested_by: string | null
          rules: Json
          rules_done: number
          rules_total: number
          scanner_version: string | null
          score: number | null
          started_at: string | null
          status: string
        }
        Insert: {
          again?: boolean
          attempts?: number
          cause: string
          counts?: Json
          current_rule?: string | null
          error?: string | null
          finished_at?: string | null
          id?: string
          integration_id: string
          integration_type: string
          lease_owner?: string | null
          lease_until?: string | null
          not_before?: string | null
          organization_id: string
          requested_at: string
          requested_by?: string | null
          rules?: Json
          rules_done?: number
          rules_total?: number
          scanner_version?: string | null
          score?: number | null
          started_at?: string | null
          status?: string
        }
        Update: {
          again?: boolean
          attempts?: number
          cause?: string
          counts?: Json
          current_rule?: string | null
          error?: string | null
          finished_at?: string | null
          id?: string
          integration_id?: string
          integration_type?: string
          lease_owner?: string | null
          lease_until?: string | null
          not_before?: string | null
          organization_id?: string
          requested_at?: string
          requested_by?: string | null
          rules?: Json
          rules_done?: number
          rules_total?: number
          scanner_version?: string | null
          score?: number | null
          started_at?: string | null
          status?: string
        }
        Relationships: []
      }
      audit_log: {
        Row: {
          action: string
          actor_id: string | null
          actor_kind: string
          address: string | null
          at: string
          details: Json
          id: number
          integration_id: string | null
          integration_type: string | null
          organization_id: string
          outcome: string
          request_id: string | null
        }
        Insert: {
          action: string
          actor_id?: string | null
          actor_kind: string
          address?: string | null
          at?: string
          details?: Json
          id?: number
          integration_id?: string | null
          integration_type?: string | null
          organization_id: string
          outcome: string
          request_id?: string | null
        }
        Update: {
          action?: string
          actor_id?: string | null
          actor_kind?: string
          address?: string | null
          at?: string
          details?: Json
          id?: number
          integration_id?: string | null
          integration_type?: string | null
          organization_id?: string
          outcome?: string
          request_id?: string | null
        }
        Relationships: []
      }
      auto_sync_jobs: {
        Row: {
          api_key: string | null
          auto_process: boolean
          created_at: string
          cron_job_id: number | null
          enabled: boolean
          id: string
          integration_id: string | null
          interval_minutes: number
          last_error: string | null
          last_run_at: string | null
          last_status: string | null
          lease_owner: string | null
          lease_until: string | null
          next_run_at: string
          updated_at: string
          user_id: string
          webhook_url: string | null
        }
        Insert: {
          api_key?: string | null
          auto_process?: boolean
          created_at?: string
          cron_job_id?: number | null
          enabled?: boolean
          id?: string
          integration_id?: string | null
          interval_minutes?: number
          last_error?: string | null
          last_run_at?: string | null
          last_status?: string | null
          lease_owner?: string | null
          lease_until?: string | null
          next_run_at?: string
          updated_at?: string
          user_id: string
          webhook_url?: string | null
        }
        Update: {
          api_key?: string | null
          auto_process?: boolean
          created_at?: string
          cron_job_id?: number | null
          enabled?: boolean
          id?: string
          integration_id?: string | null
          interval_minutes?: number
          last_error?: string | null
          last_run_at?: string | null
          last_status?: string | null
          lease_owner?: string | null
          lease_until?: string | null
          next_run_at?: string
          updated_at?: string
          user_id?: string
          webhook_url?: string | null
        }
        Relationships: []
      }
      auto_sync_runs: {
        Row: {
          error: string | null
          finished_at: string
          id: string
          imported: number
          nuggets: number
          skipped: number
          started_at: string
          status: string
          user_id: string
        }
        Insert: {
          error?: string | null
          finished_at: string
          id?: string
          imported?: number
          nuggets?: number
          skipped?: number
          started_at: string
          status: string
          user_id: string
        }
        Update: {
          error?: string | null
          finished_at?: string
          id?: string
          imported?: number
          nuggets?: number
          skipped?: number
          started_at?: string
          status?: string
          user_id?: string
        }
        Relationships: []
      }
      breakers: {
        Row: {
          endpoint: string
          failures: number
          open_until: string | null
        }
        Insert: {
          endpoint: string
          failures?: number
          open_until?: string | null
        }
        Update: {
          endpoint?: string
          failures?: number
          open_until?: string | null
        }
        Relationships: []
      }
      connection_choices: {
        Row: {
          accounts: Json
          config: Json
          created_at: string
          encryption_key_id: string
          expires_at: string
          granted_scopes: string[]
          id: string
          organization_id: string
          provider: string
          return_to: string
          token_expires_at: string | null
          user_id: string
        }
        Insert: {
          accounts: Json
          config: Json
          created_at?: string
          encryption_key_id: string
          expires_at: string
          granted_scopes?: string[]
          id: string
          organization_id: string
          provider: string
          return_to: string
          token_expires_at?: string | null
          user_id: string
        }
        Update: {
          accounts?: Json
          config?: Json
          created_at?: string
          encryption_key_id?: string
          expires_at?: string
          granted_scopes?: string[]
          id?: string
          organization_id?: string
          provider?: string
          return_to?: string
          token_expires_at?: string | null
          user_id?: string
        }
        Relationships: []
      }
      credential_state: {
        Row: {
          attention_from: string | null
          consented_at: string | null
          credential_version: number
          encryption_key_id: string | null
          failing_since: string | null
          grant_ends_at: string | null
          grant_holder_id: string | null
          integration_id: string
          integration_type: string
          last_check_outcome: string | null
          last_error_class: string | null
          last_refreshed_at: string | null
          lease_owner: string | null
          lease_until: string | null
          loaned_until: string | null
          next_refresh_at: string | null
          organization_id: string
          refresh_attempts: number
          refresh_expires_at: string | null
          refresh_state: Json | null
          refreshable: boolean
        }
        Insert: {
          attention_from?: string | null
          consented_at?: string | null
          credential_version?: number
          encryption_key_id?: string | null
          failing_since?: string | null
          grant_ends_at?: string | null
          grant_holder_id?: string | null
          integration_id: string
          integration_type: string
          last_check_outcome?: string | null
          last_error_class?: string | null
          last_refreshed_at?: string | null
          lease_owner?: string | null
          lease_until?: string | null
          loaned_until?: string | null
          next_refresh_at?: string | null
          organization_id: string
          refresh_attempts?: number
          refresh_expires_at?: string | null
          refresh_state?: Json | null
          refreshable?: boolean
        }
        Update: {
          attention_from?: string | null
          consented_at?: string | null
          credential_version?: number
          encryption_key_id?: string | null
          failing_since?: string | null
          grant_ends_at?: string | null
          grant_holder_id?: string | null
          integration_id?: string
          integration_type?: string
          last_check_outcome?: string | null
          last_error_class?: string | null
          last_refreshed_at?: string | null
          lease_owner?: string | null
          lease_until?: string | null
          loaned_until?: string | null
          next_refresh_at?: string | null
          organization_id?: string
          refresh_attempts?: number
          refresh_expires_at?: string | null
          refresh_state?: Json | null
          refreshable?: boolean
        }
        Relationships: []
      }
      encryption_keys: {
        Row: {
          encryptions: number
          first_used_at: string
          key_id: string
          last_used_at: string
        }
        Insert: {
          encryptions?: number
          first_used_at?: string
          key_id: string
          last_used_at?: string
        }
        Update: {
          encryptions?: number
          first_used_at?: string
          key_id?: string
          last_used_at?: string
        }
        Relationships: []
      }
      findings: {
        Row: {
          assessment_id: string
          evidence: Json
          first_seen_at: string
          fix: string
          organization_id: string
          rule_id: string
          seen: string
          severity: string
          state: string
          subject: string
          title: string
          why: string
        }
        Insert: {
          assessment_id: string
          evidence?: Json
          first_seen_at: string
          fix: string
          organization_id: string
          rule_id: string
          seen: string
          severity: string
          state: string
          subject: string
          title: string
          why: string
        }
        Update: {
          assessment_id?: string
          evidence?: Json
          first_seen_at?: string
          fix?: string
          organization_id?: string
          rule_id?: string
          seen?: string
          severity?: string
          state?: string
          subject?: string
          title?: string
          why?: string
        }
        Relationships: []
      }
      integrations: {
        Row: {
          config: Json
          created_at: string
          created_by: string | null
          expires_at: string | null
          external_account_id: string | null
          granted_scopes: string[]
          id: string
          integration_type: string
          last_checked_at: string | null
          last_sync: string | null
          name: string
          next_check_at: string | null
          organization_id: string
          scan_schedule: string | null
          status: string
          status_reason: string | null
          updated_at: string
        }
        Insert: {
          config?: Json
          created_at?: string
          created_by?: string | null
          expires_at?: string | null
          external_account_id?: string | null
          granted_scopes?: string[]
          id?: string
          integration_type: string
          last_checked_at?: string | null
          last_sync?: string | null
          name: string
          next_check_at?: string | null
          organization_id: string
          scan_schedule?: string | null
          status?: string
          status_reason?: string | null
          updated_at?: string
        }
        Update: {
          config?: Json
          created_at?: string
          created_by?: string | null
          expires_at?: string | null
          external_account_id?: string | null
          granted_scopes?: string[]
          id?: string
          integration_type?: string
          last_checked_at?: string | null
          last_sync?: string | null
          name?: string
          next_check_at?: string | null
          organization_id?: string
          scan_schedule?: string | null
          status?: string
          status_reason?: string | null
          updated_at?: string
        }
        Relationships: []
      }
      key_rotations: {
        Row: {
          finished_at: string | null
          key_id: string
          lease_owner: string | null
          lease_until: string | null
          only_row: boolean
          resealed: number
          started_at: string
        }
        Insert: {
          finished_at?: string | null
          key_id: string
          lease_owner?: string | null
          lease_until?: string | null
          only_row?: boolean
          resealed?: number
          started_at: string
        }
        Update: {
          finished_at?: string | null
          key_id?: string
          lease_owner?: string | null
          lease_until?: string | null
          only_row?: boolean
          resealed?: number
          started_at?: string
        }
        Relationships: []
      }
      mailbox_cursors: {
        Row: {
          integration_id: string
          last_uid: number
          uid_validity: string
          updated_at: string
        }
        Insert: {
          integration_id: string
          last_uid: number
          uid_validity: string
          updated_at?: string
        }
        Update: {
          integration_id?: string
          last_uid?: number
          uid_validity?: string
          updated_at?: string
        }
        Relationships: []
      }
      nuggets: {
        Row: {
          created_at: string
          id: string
          kind: string
          position: number
          signal_id: string
          text: string
          user_id: string
          value: Json
        }
        Insert: {
          created_at?: string
          id?: string
          kind: string
          position?: number
          signal_id: string
          text: string
          user_id: string
          value?: Json
        }
        Update: {
          created_at?: string
          id?: string
          kind?: string
          position?: number
          signal_id?: string
          text?: string
          user_id?: string
          value?: Json
        }
        Relationships: []
      }
      oauth_clients: {
        Row: {
          client_env: string
          client_id: string
          config: Json
          encryption_key_id: string
          id: string
          organization_id: string
          updated_at: string
          updated_by: string | null
        }
        Insert: {
          client_env: string
          client_id: string
          config: Json
          encryption_key_id: string
          id: string
          organization_id: string
          updated_at: string
          updated_by?: string | null
        }
        Update: {
          client_env?: string
          client_id?: string
          config?: Json
          encryption_key_id?: string
          id?: string
          organization_id?: string
          updated_at?: string
          updated_by?: string | null
        }
        Relationships: []
      }
      oauth_flows: {
        Row: {
          authorization_endpoint: string
          browser_hash: string
          code_verifier: string | null
          created_at: string
          encryption_key_id: string | null
          expires_at: string
          id: string
          integration_id: string | null
          issuer: string
          organization_id: string
          provider: string
          redirect_uri: string
          return_to: string
          scopes: string[]
          state_hash: string
          token_endpoint: string
          user_id: string
        }
        Insert: {
          authorization_endpoint: string
          browser_hash: string
          code_verifier?: string | null
          created_at?: string
          encryption_key_id?: string | null
          expires_at: string
          id: string
          integration_id?: string | null
          issuer: string
          organization_id: string
          provider: string
          redirect_uri: string
          return_to: string
          scopes?: string[]
          state_hash: string
          token_endpoint: string
          user_id: string
        }
        Update: {
          authorization_endpoint?: string
          browser_hash?: string
          code_verifier?: string | null
          created_at?: string
          encryption_key_id?: string | null
          expires_at?: string
          id?: string
          integration_id?: string | null
          issuer?: string
          organization_id?: string
          provider?: string
          redirect_uri?: string
          return_to?: string
          scopes?: string[]
          state_hash?: string
          token_endpoint?: string
          user_id?: string
        }
        Relationships: []
      }
      organization_members: {
        Row: {
          created_at: string
          organization_id: string
          role: string
          user_id: string
        }
        Insert: {
          created_at?: string
          organization_id: string
          role: string
          user_id: string
        }
        Update: {
          created_at?: string
          organization_id?: string
          role?: string
          user_id?: string
        }
        Relationships: []
      }
      organizations: {
        Row: {
          created_at: string
          id: string
          name: string
        }
        Insert: {
          created_at?: string
          id?: string
          name: string
        }
        Update: {
          created_at?: string
          id?: string
          name?: string
        }
        Relationships: []
      }
      platform_limits: {
        Row: {
          blocked_until: string | null
          key: string
          next_at: string | null
        }
        Insert: {
          blocked_until?: string | null
          key: string
          next_at?: string | null
        }
        Update: {
          blocked_until?: string | null
          key?: string
          next_at?: string | null
        }
        Relationships: []
      }
      poll_jobs: {
        Row: {
          again: boolean
          integration_id: string
          integration_type: string
          lease_owner: string | null
          lease_until: string | null
          next_cleanup_at: string
          next_poll_at: string | null
          organization_id: string
          paused: boolean
          retention_days: number
        }
        Insert: {
          again?: boolean
          integration_id: string
          integration_type: string
          lease_owner?: string | null
          lease_until?: string | null
          next_cleanup_at?: string
          next_poll_at?: string | null
          organization_id: string
          paused?: boolean
          retention_days?: number
        }
        Update: {
          again?: boolean
          integration_id?: string
          integration_type?: string
          lease_owner?: string | null
          lease_until?: string | null
          next_cleanup_at?: string
          next_poll_at?: string | null
          organization_id?: string
          paused?: boolean
          retention_days?: number
        }
        Relationships: []
      }
      poll_sources: {
        Row: {
          attempts: number
          enabled: boolean
          endpoint: string
          integration_id: string
          item_count: number
          last_changed: number | null
          last_error: string | null
          last_items: number | null
          last_outcome: string | null
          last_polled_at: string | null
          last_success_at: string | null
          next_attempt_at: string | null
          organization_id: string
          position: Json | null
        }
        Insert: {
          attempts?: number
          enabled?: boolean
          endpoint: string
          integration_id: string
          item_count?: number
          last_changed?: number | null
          last_error?: string | null
          last_items?: number | null
          last_outcome?: string | null
          last_polled_at?: string | null
          last_success_at?: string | null
          next_attempt_at?: string | null
          organization_id: string
          position?: Json | null
        }
        Update: {
          attempts?: number
          enabled?: boolean
          endpoint?: string
          integration_id?: string
          item_count?: number
          last_changed?: number | null
          last_error?: string | null
          last_items?: number | null
          last_outcome?: string | null
          last_polled_at?: string | null
          last_success_at?: string | null
          next_attempt_at?: string | null
          organization_id?: string
          position?: Json | null
        }
        Relationships: []
      }
      revocations: {
        Row: {
          attempts: number
          config: Json | null
          created_at: string
          encryption_key_id: string | null
          external_account_id: string | null
          give_up_at: string
          id: string
          integration_id: string
          integration_type: string
          next_attempt_at: string
          organization_id: string
          outcome: string
          settled_at: string | null
        }
        Insert: {
          attempts?: number
          config?: Json | null
          created_at?: string
          encryption_key_id?: string | null
          external_account_id?: string | null
          give_up_at?: string
          id?: string
          integration_id: string
          integration_type: string
          next_attempt_at?: string
          organization_id: string
          outcome?: string
          settled_at?: string | null
        }
        Update: {
          attempts?: number
          config?: Json | null
          created_at?: string
          encryption_key_id?: string | null
          external_account_id?: string | null
          give_up_at?: string
          id?: string
          integration_id?: string
          integration_type?: string
          next_attempt_at?: string
          organization_id?: string
          outcome?: string
          settled_at?: string | null
        }
        Relationships: []
      }
      signals: {
        Row: {
          body: string
          created_at: string
          external_id: string
          id: string
          integration_id: string | null
          occurred_at: string
          processed_at: string | null
          sender: string | null
          source: string
          title: string
          truncated: boolean
          user_id: string
        }
        Insert: {
          body: string
          created_at?: string
          external_id: string
          id?: string
          integration_id?: string | null
          occurred_at: string
          processed_at?: string | null
          sender?: string | null
          source: string
          title: string
          truncated?: boolean
          user_id: string
        }
        Update: {
          body?: string
          created_at?: string
          external_id?: string
          id?: string
          integration_id?: string | null
          occurred_at?: string
          processed_at?: string | null
          sender?: string | null
          source?: string
          title?: string
          truncated?: boolean
          user_id?: string
        }
        Relationships: []
      }
      user_platform_data: {
        Row: {
          changed_at: string
          data: Json
          endpoint: string
          external_id: string
          first_seen_at: string
          id: string
          integration_id: string
          integration_type: string
          last_seen_at: string
          mirrored: boolean
          occurred_at: string
          organization_id: string
        }
        Insert: {
          changed_at: string
          data: Json
          endpoint: string
          external_id: string
          first_seen_at: string
          id?: string
          integration_id: string
          integration_type: string
          last_seen_at: string
          mirrored: boolean
          occurred_at: string
          organization_id: string
        }
        Update: {
          changed_at?: string
          data?: Json
          endpoint?: string
          external_id?: string
          first_seen_at?: string
          id?: string
          integration_id?: string
          integration_type?: string
          last_seen_at?: string
          mirrored?: boolean
          occurred_at?: string
          organization_id?: string
        }
        Relationships: []
      }
      webhook_deliveries: {
        Row: {
          digest: string
          integration_id: string
          received_at: string
        }
        Insert: {
          digest: string
          integration_id: string
          received_at: string
        }
        Update: {
          digest?: string
          integration_id?: string
          received_at?: string
        }
        Relationships: []
      }
      webhook_receivers: {
        Row: {
          config: Json
          created_at: string
          encryption_key_id: string
          integration_id: string
          integration_type: string
          last_event: string | null
          last_received_at: string | null
          organization_id: string
        }
        Insert: {
          config: Json
          created_at?: string
          encryption_key_id: string
          integration_id: string
          integration_type: string
          last_event?: string | null
          last_received_at?: string | null
          organization_id: string
        }
        Update: {
          config?: Json
          created_at?: string
          encryption_key_id?: string
          integration_id?: string
          integration_type?: string
          last_event?: string | null
          last_received_at?: string | null
          organization_id?: string
        }
        Relationships: []
      }
    }
    Views: {
      credential_rows: {
        Row: {
          config: Json | null
          credential_version: number | null
          encryption_key_id: string | null
          expires_at: string | null
          external_account_id: string | null
          failing_since: string | null
          grant_ends_at: string | null
          grant_holder_id: string | null
          granted_scopes: string[] | null
          id: string | null
          integration_type: string | null
          lease_until: string | null
          loaned_until: string | null
          next_refresh_at: string | null
          organization_id: string | null
          refresh_attempts: number | null
          refresh_expires_at: string | null
          refresh_state: Json | null
          status: string | null
          status_reason: string | null
        }
        Relationships: []
      }
      integration_summaries: {
        Row: {
          attention_from: string | null
          consented_at: string | null
          created_at: string | null
          created_by: string | null
          credential_version: number | null
          encryption_key_id: string | null
          ends_soon: boolean | null
          expires_at: string | null
          external_account_id: string | null
          failing_since: string | null
          grant_ends_at: string | null
          grant_holder_id: string | null
          granted_scopes: string[] | null
          id: string | null
          integration_type: string | null
          last_check_outcome: string | null
          last_checked_at: string | null
          last_error_class: string | null
          last_refreshed_at: string | null
          last_sync: string | null
          name: string | null
          next_check_at: string | null
          next_refresh_at: string | null
          organization_id: string | null
          refresh_attempts: number | null
          refresh_expires_at: string | null
          scan_schedule: string | null
          status: string | null
          status_reason: string | null
          updated_at: string | null
        }
        Relationships: []
      }
    }
    Functions: {
      accept_delivery: {
        Args: {
          p_organization_id: string
          p_integration_id: string
          p_digest: string
          p_event: string
          p_poll: boolean
          p_scan: boolean
          p_now: string
        }
        Returns: Json
      }
      admit_by_breaker: {
        Args: {
          p_endpoint: string
          p_probe_seconds: number
        }
        Returns: string
      }
      audit_hash_at: {
        Args: {
          p_organization_id: string
          p_seq: number
        }
        Returns: string
      }
      audit_heads: {
        Args: Record<PropertyKey, never>
        Returns: Json
      }
      audit_sign_in: {
        Args: {
          p_email: string
          p_user_id: string
          p_request: Json
        }
        Returns: undefined
      }
      block_platform: {
        Args: {
          p_key: string
          p_until: string
        }
        Returns: undefined
      }
      can_schedule_auto_sync: {
        Args: Record<PropertyKey, never>
        Returns: boolean
      }
      claim_auto_sync: {
        Args: {
          p_user_id: string
          p_owner: string
          p_lease_seconds: number
          p_now: string
        }
        Returns: Json
      }
      claim_due_health_checks: {
        Args: {
          p_limit: number
          p_retry_at: string
          p_now: string
        }
        Returns: Database['public']['Views']['credential_rows']['Row'][]
      }
      claim_due_polls: {
        Args: {
          p_type: string
          p_owner: string
          p_limit: number
          p_concurrency: number
          p_lease_seconds: number
          p_now: string
        }
        Returns: Database['public']['Tables']['poll_jobs']['Row'][]
      }
      claim_due_refreshes: {
        Args: {
          p_type: string
          p_owner: string
          p_limit: number
          p_lease_seconds: number
          p_now: string
        }
        Returns: Database['public']['Views']['credential_rows']['Row'][]
      }
      claim_revocations: {
        Args: {
          p_integration_id: string
          p_limit: number
          p_retry_at: string
          p_now: string
        }
        Returns: Database['public']['Tables']['revocations']['Row'][]
      }
      claim_scans: {
        Args: {
          p_types: string[]
          p_id: string
          p_owner: string
          p_limit: number
          p_lease_seconds: number
          p_now: string
        }
        Returns: Database['public']['Tables']['assessments']['Row'][]
      }
      connect_integrations: {
        Args: {
          p_organization_id: string
          p_integration_type: string
          p_accounts: Json
          p_grant: Json
          p_encryption_key_id: string
          p_request: Json
        }
        Returns: {
          integration_id: string
          reconnected: boolean
        }[]
      }
      consume_oauth_flow: {
        Args: {
          p_state_hash: string
          p_browser_hash: string
        }
        Returns: {
          outcome: string
          flow: Json
        }[]
      }
      count_due_polls: {
        Args: {
          p_types: string[]
          p_now: string
        }
        Returns: number
      }
      count_sealed_rows: {
        Args: Record<PropertyKey, never>
        Returns: Json
      }
      count_waiting_scans: {
        Args: {
          p_types: string[]
          p_now: string
        }
        Returns: number
      }
      database_guard: {
        Args: Record<PropertyKey, never>
        Returns: Json
      }
      delete_expired_flows: {
        Args: {
          p_now: string
        }
        Returns: number
      }
      delete_integration: {
        Args: {
          p_organization_id: string
          p_id: string
          p_request: Json
          p_successor_id?: string
          p_successor_config?: Json
          p_encryption_key_id?: string
        }
        Returns: boolean
      }
      delete_old_assessments: {
        Args: {
          p_before: string
          p_limit: number
        }
        Returns: number
      }
      delete_old_deliveries: {
        Args: {
          p_before: string
        }
        Returns: number
      }
      delete_old_platform_data: {
        Args: {
          p_limit: number
          p_now: string
        }
        Returns: number
      }
      delete_platform_data: {
        Args: {
          p_organization_id: string
          p_integration_id: string
          p_endpoint: string
          p_request: Json
        }
        Returns: number
      }
      delete_settled_revocations: {
        Args: {
          p_before: string
        }
        Returns: number
      }
      due_refreshes: {
        Args: {
          p_now: string
        }
        Returns: Json
      }
      end_rotation: {
        Args: {
          p_owner: string
          p_finished: boolean
          p_now: string
        }
        Returns: undefined
      }
      fail_refresh: {
        Args: {
          p_organization_id: string
          p_id: string
          p_owner: string
          p_version: number
          p_status: string
          p_reason: string
          p_error_class: string
          p_next_refresh_at: string
          p_state: Json
          p_now: string
        }
        Returns: boolean
      }
      finish_auto_sync: {
        Args: {
          p_user_id: string
          p_owner: string
          p_run: Json
          p_now: string
        }
        Returns: undefined
      }
      finish_poll: {
        Args: {
          p_integration_id: string
          p_owner: string
          p_sources: Json
          p_next_poll_at: string
          p_now: string
        }
        Returns: boolean
      }
      finish_scan: {
        Args: {
          p_id: string
          p_owner: string
          p_result: Json
          p_findings: Json
          p_next_check_at: string
          p_now: string
        }
        Returns: boolean
      }
      guarded_columns: {
        Args: Record<PropertyKey, never>
        Returns: Json
      }
      journal_refresh: {
        Args: {
          p_organization_id: string
          p_id: string
          p_owner: string
          p_version: number
          p_state: Json
          p_lease_seconds: number
          p_now: string
        }
        Returns: boolean
      }
      latest_assessments: {
        Args: {
          p_limit: number
        }
        Returns: Json[]
      }
      lease_integration: {
        Args: {
          p_organization_id: string
          p_id: string
          p_version: number
          p_owner: string
          p_lease_seconds: number
          p_now: string
        }
        Returns: Database['public']['Views']['credential_rows']['Row'][]
      }
      lease_poll: {
        Args: {
          p_organization_id: string
          p_integration_id: string
          p_owner: string
          p_lease_seconds: number
          p_now: string
        }
        Returns: Database['public']['Tables']['poll_jobs']['Row'][]
      }
      lease_rotation: {
        Args: {
          p_key_id: string
          p_owner: string
          p_resealed: number
          p_seconds: number
          p_now: string
        }
        Returns: boolean
      }
      lend_credential: {
        Args: {
          p_organization_id: string
          p_id: string
          p_version: number
          p_until: string
          p_now: string
        }
        Returns: boolean
      }
      list_audit: {
        Args: {
          p_filter: Json
          p_before_id: number
          p_limit: number
        }
        Returns: Database['public']['Tables']['audit_log']['Row'][]
      }
      list_integrations: {
        Args: {
          p_organization_id?: string
          p_type?: string
          p_status?: string
          p_before_at?: string
          p_before_id?: string
          p_limit?: number
        }
        Returns: Database['public']['Views']['integration_summaries']['Row'][]
      }
      list_platform_data: {
        Args: {
          p_integration_id: string
          p_endpoint: string
          p_before_at: string
          p_before_id: string
          p_limit: number
        }
        Returns: Database['public']['Tables']['user_platform_data']['Row'][]
      }
      metrics_snapshot: {
        Args: {
          p_now: string
        }
        Returns: Json
      }
      note_encryptions: {
        Args: {
          p_key_id: string
          p_count: number
          p_now: string
        }
        Returns: undefined
      }
      postpone_scan: {
        Args: {
          p_id: string
          p_owner: string
          p_not_before: string
          p_give_back: boolean
        }
        Returns: boolean
      }
      progress_scan: {
        Args: {
          p_id: string
          p_owner: string
          p_done: number
          p_total: number
          p_current: string
          p_lease_seconds: number
          p_now: string
        }
        Returns: boolean
      }
      prune_audit: {
        Args: {
          p_before: string
        }
        Returns: number
      }
      queue_due_scans: {
        Args: {
          p_types: string[]
          p_limit: number
          p_retry_at: string
          p_now: string
        }
        Returns: number
      }
      queue_expired_choices: {
        Args: {
          p_now: string
          p_limit: number
        }
        Returns: number
      }
      record_health_check: {
        Args: {
          p_organization_id: string
          p_id: string
          p_version: number
          p_outcome: string
          p_reason: string
          p_next_check_at: string
          p_now: string
        }
        Returns: boolean
      }
      renew_auto_sync: {
        Args: {
          p_user_id: string
          p_owner: string
          p_lease_seconds: number
          p_now: string
        }
        Returns: boolean
      }
      renew_poll: {
        Args: {
          p_integration_id: string
          p_owner: string
          p_lease_seconds: number
          p_now: string
        }
        Returns: boolean
      }
      report_to_breaker: {
        Args: {
          p_endpoint: string
          p_ok: boolean
        }
        Returns: boolean
      }
      request_poll: {
        Args: {
          p_organization_id: string
          p_integration_id: string
          p_now: string
        }
        Returns: undefined
      }
      request_scan: {
        Args: {
          p_organization_id: string
          p_integration_id: string
          p_cause: string
          p_requested_by: string
          p_again: boolean
          p_now: string
        }
        Returns: Json
      }
      reseal: {
        Args: {
          p_table: string
          p_rows: Json
          p_key_id: string
          p_now: string
        }
        Returns: number
      }
      reserve_platform_calls: {
        Args: {
          p_key: string
          p_calls: number
          p_interval_ms: number
          p_now: string
        }
        Returns: Json
      }
      save_nuggets: {
        Args: {
          p_user_id: string
          p_signal_ids: string[]
          p_nuggets: Json
        }
        Returns: number
      }
      save_poll_page: {
        Args: {
          p_integration_id: string
          p_owner: string
          p_endpoint: string
          p_mirrored: boolean
          p_items: Json
          p_position: Json
          p_complete_since: string
          p_lease_seconds: number
          p_now: string
        }
        Returns: Json
      }
      save_refresh: {
        Args: {
          p_organization_id: string
          p_id: string
          p_owner: string
          p_version: number
          p_config: Json
          p_encryption_key_id: string
          p_granted_scopes: string[]
          p_expires_at: string
          p_next_refresh_at: string
          p_refresh_expires_at: string
          p_grant_ends_at: string
          p_request: Json
          p_now: string
        }
        Returns: boolean
      }
      save_signals: {
        Args: {
          p_user_id: string
          p_integration_id: string
          p_signals: Json
          p_uid_validity: string
          p_last_uid: number
        }
        Returns: number
      }
      schedule_auto_sync: {
        Args: {
          p_user_id: string
          p_interval_minutes: number
          p_webhook_url: string
          p_api_key: string
        }
        Returns: number
      }
      schedule_jobs: {
        Args: {
          p_app_url: string
          p_cron_secret: string
        }
        Returns: {
          job_name: string
          job_schedule: string
        }[]
      }
      sealed_rows: {
        Args: {
          p_table: string
          p_key_id: string
          p_after: string
          p_limit: number
        }
        Returns: Json
      }
      take_due_auto_syncs: {
        Args: {
          p_limit: number
          p_now: string
        }
        Returns: string[]
      }
      trigger_auto_sync: {
        Args: {
          p_user_id: string
          p_webhook_url: string
          p_api_key: string
        }
        Returns: undefined
      }
      unschedule_auto_sync: {
        Args: {
          p_user_id: string
        }
        Returns: boolean
      }
      unschedule_jobs: {
        Args: Record<PropertyKey, never>
        Returns: number
      }
      update_integration: {
        Args: {
          p_organization_id: string
          p_id: string
          p_patch: Json
          p_request: Json
        }
        Returns: boolean
      }
      update_polling: {
        Args: {
          p_organization_id: string
          p_integration_id: string
          p_patch: Json
          p_request: Json
        }
        Returns: undefined
      }
      verify_audit: {
        Args: {
          p_organization_id: string
          p_after_seq: number
          p_limit: number
        }
        Returns: Json
      }
    }
    Enums: Record<never, never>
    CompositeTypes: Record<never, never>
  }
}

// Pages without a session; everything else leads to sign-in and back.
const PUBLIC = ['/sign-in', '/reference', '/connect/outcome']

export default defineNuxtRouteMiddleware(async (to) => {
  const { session, loaded, load } = useSession()
  if (!loaded.value) await load()
  if (to.path === '/') return navigateTo('/integrations', { replace: true })
  if (!session.value && !PUBLIC.includes(to.path))
    return navigateTo({ path: '/sign-in', query: { return_to: to.fullPath } })
  if (session.value && to.path === '/sign-in') return navigateTo('/integrations')
})

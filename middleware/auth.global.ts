// These pages need no session. Every other page leads to sign-in and then back.
const PUBLIC = ['/sign-in', '/reference', '/connect/outcome']

export default defineNuxtRouteMiddleware(async (to) => {
  const { session, loaded, load } = useSession()
  if (!loaded.value) await load()
  if (to.path === '/') return navigateTo('/integrations', { replace: true })
  if (!session.value && !PUBLIC.includes(to.path))
    return navigateTo({ path: '/sign-in', query: { return_to: to.fullPath } })
  if (session.value && to.path === '/sign-in') return navigateTo('/integrations')
})

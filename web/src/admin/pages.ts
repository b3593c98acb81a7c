import { Building2, Factory, HeartPulse, KeyRound, LogIn, Palette, Scale, ShieldCheck, SlidersHorizontal, Users, Webhook } from 'lucide-react';
import type { LinkEntry, PageEntry } from '@/pages/registry';

export const pages: PageEntry[] = [
  { path: '/admin/users', title: { en: 'People', es: 'Personas', de: 'Personen' }, load: () => import('./Users'), permission: 'identity.user.read', nav: { group: 'administration', order: 10, icon: Users }, also: 'users invite usuarios invitar benutzer einladen' },
  { path: '/admin/users/$id', title: { en: 'Person', es: 'Persona', de: 'Person' }, load: () => import('./User'), permission: 'identity.user.read' },
  { path: '/admin/roles', title: { en: 'Roles', es: 'Roles', de: 'Rollen' }, load: () => import('./Roles'), permission: 'identity.role.read', nav: { group: 'administration', order: 20, icon: ShieldCheck }, also: 'permissions permisos berechtigungen' },
  { path: '/admin/policies', title: { en: 'Policies', es: 'Políticas', de: 'Richtlinien' }, load: () => import('./Policies'), permission: 'identity.policy.read', nav: { group: 'administration', order: 25, icon: Scale }, also: 'cedar conditions condiciones bedingungen' },
  { path: '/admin/sign-in', title: { en: 'Single sign-on', es: 'Inicio de sesión único', de: 'Single Sign-on' }, load: () => import('./Providers'), permission: 'identity.provider.read', nav: { group: 'administration', order: 30, icon: LogIn }, also: 'sso oidc identity provider' },
  { path: '/admin/api-keys', title: { en: 'API keys', es: 'Claves de API', de: 'API-Schlüssel' }, load: () => import('./ApiKeys'), nav: { group: 'administration', order: 40, icon: KeyRound } },
  { path: '/admin/webhooks', title: { en: 'Webhooks', es: 'Webhooks', de: 'Webhooks' }, load: () => import('./Webhooks'), permission: 'integration.webhook.read', nav: { group: 'administration', order: 50, icon: Webhook } },
  { path: '/admin/webhooks/$id', title: { en: 'Webhook', es: 'Webhook', de: 'Webhook' }, load: () => import('./WebhookDetail'), permission: 'integration.webhook.read' },
  { path: '/admin/organization', title: { en: 'Organization', es: 'Organización', de: 'Organisation' }, load: () => import('./Organization'), permission: 'identity.organization.read', nav: { group: 'administration', order: 80, icon: Building2 }, also: 'settings sessions second factor ajustes einstellungen' },
  { path: '/admin/branding', title: { en: 'Branding', es: 'Imagen', de: 'Auftritt' }, load: () => import('./Branding'), permission: 'identity.organization.read', nav: { group: 'administration', order: 85, icon: Palette }, also: 'logo colour color farbe marca' },
  { path: '/admin/system', title: { en: 'System health', es: 'Estado del sistema', de: 'Systemzustand' }, load: () => import('./System'), permission: ['identity.organization.update', 'work.run.read'], nav: { group: 'administration', order: 90, icon: HeartPulse } },
];

export const links: LinkEntry[] = [
  { to: '/data/plants', title: { en: 'Plants', es: 'Plantas', de: 'Werke' }, permission: 'identity.plant.update', nav: { group: 'administration', order: 78, icon: Factory } },
  { to: '/data/field-definitions', title: { en: 'Custom fields', es: 'Campos propios', de: 'Eigene Felder' }, permission: 'records.field_definition.read', nav: { group: 'administration', order: 60, icon: SlidersHorizontal } },
];

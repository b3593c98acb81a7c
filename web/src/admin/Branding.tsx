/** How the organization shows itself: name, colour and logo, tried on a small report before they count. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { ImageUp, Trash2 } from 'lucide-react';
import { useId, useRef, useState } from 'react';
import { api, ask, askAt, type Schemas } from '@/api/client';
import { Problem } from '@/api/problem';
import { useMay } from '@/api/session';
import { accentOf, brandOf, isColour } from '@/shell/brand';
import { Button, ErrorView, Field, Loading, Notice, Page, Panel, TextInput, messageOf, toast } from '@/ui';
import { useWords } from '@/words';
import { organizationWords } from './organization.words';
import './admin.css';

type Own = Schemas['OwnOrganization'];

const MOST = 200_000;
/** What a logo is, by its first bytes. */
const KINDS: [RegExp, string][] = [[/^iVBORw0KGgo/, 'image/png'], [/^\/9j\//, 'image/jpeg']];

export const pictureOf = (logo: string): string => `data:${KINDS.find(([start]) => start.test(logo))?.[1] ?? 'image/svg+xml'};base64,${logo}`;

export default function Branding() {
  const query = useQuery({ queryKey: ['organization'], queryFn: () => ask(api.GET('/api/v1/organization')) });
  if (query.isError) return <ErrorView error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <Loading />;
  if (!('branding' in query.data)) return <NotHere />;
  return <Form key={query.data.version} organization={query.data} />;
}

/** A server of an older version. */
function NotHere() {
  const t = useWords(organizationWords);
  return <Page title={t('branding')}><Notice>{t('noBrand')}</Notice></Page>;
}

async function base64Of(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let binary = '';
  for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(binary);
}

function Form({ organization }: { organization: Own }) {
  const t = useWords(organizationWords);
  const may = useMay();
  const queries = useQueryClient();
  const before = brandOf(organization);
  const [name, setName] = useState(before.name ?? '');
  const [colour, setColour] = useState(before.colour ?? '');
  const [logo, setLogo] = useState(before.logo ?? '');
  const [wrong, setWrong] = useState('');
  const file = useRef<HTMLInputElement>(null);
  const badColour = colour.trim() !== '' && !isColour(colour.trim());
  const save = useMutation({
    mutationFn: () => askAt('PATCH', '/api/v1/organization', {
      headers: { 'If-Match': `"${organization.version}"` },
      body: { branding: { ...before, ...('name' in before ? { name: name.trim() || null } : {}), colour: colour.trim() || null, logo: logo || null } },
    }),
    onSuccess: () => { void queries.invalidateQueries({ queryKey: ['organization'] }); toast(t('brandSaved')); },
  });
  const problem = save.error instanceof Problem ? save.error : null;
  const why = may('identity.organization.update') ? undefined : t('needsRight', { permission: 'identity.organization.update' });
  const choose = async (picked: File | undefined) => {
    if (!picked) return;
    setWrong('');
    if (picked.size > MOST) return setWrong(t('tooLarge', { n: Math.ceil(picked.size / 1000) }));
    if (!/^image\/(png|jpeg|svg\+xml)$/.test(picked.type)) return setWrong(t('noPicture'));
    setLogo(await base64Of(picked));
  };
  return (
    <Page title={t('branding')} about={t('brandingAbout')} actions={<Button look="primary" busy={save.isPending} why={why} onClick={() => !badColour && save.mutate()}>{t('save')}</Button>}>
      {save.error && !problem?.errors.length && <Notice tone="danger">{problem?.status === 412 ? t('stale') : messageOf(save.error)}</Notice>}
      <div className="grid-2">
        <Panel title={t('branding')}>
          <div className="stack">
            {'name' in before && <Field label={t('brandName')} help={t('brandNameHelp')} error={problem?.at('/branding/name')}><TextInput value={name} onChange={setName} placeholder={organization.name} maxLength={100} /></Field>}
            <ColourField value={colour} onChange={setColour} error={badColour ? t('badColour') : problem?.at('/branding/colour')} />
            <div className="field">
              <span className="label">{t('logo')}</span>
              {logo && <img className="brand-logo" src={pictureOf(logo)} alt={t('logo')} />}
              <div className="row wrap">
                <Button icon={<ImageUp size={15} />} why={why} onClick={() => file.current?.click()}>{t('chooseLogo')}</Button>
                {logo && <Button look="ghost" icon={<Trash2 size={15} />} why={why} onClick={() => setLogo('')}>{t('removeLogo')}</Button>}
              </div>
              <input ref={file} type="file" accept="image/png,image/jpeg,image/svg+xml" hidden aria-label={t('chooseLogo')} onChange={(event) => { void choose(event.target.files?.[0]); event.target.value = ''; }} />
              {(wrong || problem?.at('/branding/logo')) && <span className="error" role="alert">{wrong || problem?.at('/branding/logo')}</span>}
              <span className="help">{t('logoHelp')}</span>
            </div>
          </div>
        </Panel>
        <Panel title={t('preview')}><Preview name={name.trim() || organization.name} colour={badColour ? '' : colour.trim()} logo={logo} /></Panel>
      </div>
    </Page>
  );
}

function ColourField({ value, onChange, error }: { value: string; onChange: (value: string) => void; error: string | undefined }) {
  const t = useWords(organizationWords);
  const id = useId();
  return (
    <div className="row brand-colour">
      <input type="color" aria-label={t('colour')} value={isColour(value) ? value : '#0b6870'} onChange={(event) => onChange(event.target.value)} />
      <Field label={t('colour')} help={t('colourHelp')} error={error} className="grow"><TextInput id={id} value={value} onChange={onChange} placeholder="#0b6870" spellCheck={false} maxLength={7} /></Field>
      {value && <Button look="ghost" onClick={() => onChange('')}>{t('noColour')}</Button>}
    </div>
  );
}

/** The head of a report and of the app, in light and dark. */
function Preview({ name, colour, logo }: { name: string; colour: string; logo: string }) {
  const t = useWords(organizationWords);
  const accent = accentOf(colour || '#0b6870');
  return (
    <div className="stack">
      <div className="brand-page" style={{ '--brand': accent.light } as React.CSSProperties}>
        <div className="row">{logo ? <img className="brand-logo small" src={pictureOf(logo)} alt="" /> : <strong>{name}</strong>}<span className="end small">{logo && name}</span></div>
        <h3>{t('previewReport')}</h3>
        <i /><i /><i />
      </div>
      {(['light', 'dark'] as const).map((scheme) => (
        <div key={scheme} className={`brand-app ${scheme}`} style={{ '--brand': accent[scheme], '--on-brand': accent[`on_${scheme}`] } as React.CSSProperties}>
          <b>{t('previewButton')}</b> <u>{t('previewLink')}</u>
        </div>
      ))}
    </div>
  );
}

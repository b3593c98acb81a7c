interface Whoami {
  id: string;
  csrf_token?: string | null;
}

/** Who is signed in now, by another tab perhaps; null for nobody. */
export async function whoAmI(): Promise<Whoami | null> {
  const response = await fetch('/api/v1/auth/me');
  return response.ok ? ((await response.json()) as Whoami) : null;
}

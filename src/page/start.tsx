/** The page while nothing is open. */

export interface SampleName {
  name: string;
  says: string;
}

export interface StartProps {
  samples: readonly SampleName[];
  openSample: (name: string) => void;
  choose: (files: readonly File[]) => void;
  withKeys: () => void;
}

export function Start({ samples, openSample, choose, withKeys }: StartProps) {
  return (
    <main class="start">
      <label class="drop">
        <strong>Drop captures here, or choose them</strong>
        <span class="soft">pcap or pcapng, also packed. Several are read as one.</span>
        <input type="file" multiple onChange={(event) => choose([...(event.currentTarget.files ?? [])])} />
      </label>
      <p>
        Sealed traffic?{" "}
        <button type="button" class="link" onClick={withKeys}>
          Open with a password, hash, session key or keytab
        </button>
        .
      </p>
      {samples.length > 0 && (
        <section aria-labelledby="samples">
          <h2 id="samples">Or try one of these</h2>
          <ul class="samples">
            {samples.map(({ name, says }) => (
              <li key={name}>
                <button type="button" onClick={() => openSample(name)}>
                  {name}
                </button>
                <span>{says}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
      <p class="soft">
        DCE/RPC, DCOM and Remote Assistance, call by call, down to the bytes. Nothing leaves this machine: the
        page may make no requests, and needs none.
      </p>
    </main>
  );
}

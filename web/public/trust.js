// The page lies at the same host and port with and without TLS: "Open" always leads to the one with it.
for (const link of document.querySelectorAll('a.open')) link.href = `https://${location.host}/`;

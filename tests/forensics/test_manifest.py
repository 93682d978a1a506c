"""C2PA manifests: made and signed by its own library in the test, read by ours."""

import datetime
import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import c2pa
import pytest
import torch
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from fomm_lite.cli import main as cli
from fomm_lite.forensics import Manifest, read_manifest
from fomm_lite.media.statement import SYNTHETIC
from fomm_lite.media.write import write_video

CAMERA = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"


def named(common_name: str) -> x509.Name:
    said = {NameOID.COUNTRY_NAME: "NZ", NameOID.ORGANIZATION_NAME: "A school", NameOID.COMMON_NAME: common_name}
    return x509.Name([x509.NameAttribute(kind, value) for kind, value in said.items()])


@pytest.fixture(scope="module")
def signer() -> c2pa.Signer:
    """Signs for a school that an authority of its own vouches for, and nobody else."""
    authority, school = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    today = datetime.datetime.now(datetime.UTC)

    def certificate(key: ec.EllipticCurvePrivateKey, *, root: bool) -> x509.Certificate:
        built = (
            x509.CertificateBuilder()
            .subject_name(named("root" if root else "leaf"))
            .issuer_name(named("root"))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(today - datetime.timedelta(days=1))
            .not_valid_after(today + datetime.timedelta(days=30))
            .add_extension(x509.BasicConstraints(ca=root, path_length=None), critical=True)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()), critical=False)
            .add_extension(x509.KeyUsage(True, False, False, False, False, root, root, False, False), critical=True)
        )
        if not root:
            purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
            built = built.add_extension(purpose, critical=False)
        return built.sign(authority, hashes.SHA256())

    chain = [certificate(school, root=False), certificate(authority, root=True)]
    return c2pa.Signer.from_info(
        c2pa.C2paSignerInfo(
            alg=c2pa.C2paSigningAlg.ES256,
            sign_cert=b"".join(each.public_bytes(Encoding.PEM) for each in chain),
            private_key=school.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
            ta_url=None,
        )
    )


def film(path: Path) -> Path:
    return write_video(path, torch.rand(3, 3, 32, 32), fps=12)


def signed(path: Path, signer: c2pa.Signer, source_type: str = SYNTHETIC) -> Path:
    """A film with a manifest."""
    telling(source_type).sign_file(film(path.with_name(f"plain{path.suffix}")), path, signer)
    return path


def telling(source_type: str) -> c2pa.Builder:
    action = {"action": "c2pa.created", "digitalSourceType": source_type}
    told = {
        "claim_generator_info": [{"name": "a program", "version": "2.1"}],
        "title": "a film",
        "assertions": [{"label": "c2pa.actions", "data": {"actions": [action]}}],
    }
    return c2pa.Builder(json.dumps(told))


@pytest.mark.parametrize(("source_type", "synthetic"), [(SYNTHETIC, True), (CAMERA, False)])
def test_who_signed_what_is_read(tmp_path, signer, source_type, synthetic):
    path = signed(tmp_path / "film.mp4", signer, source_type)
    assert read_manifest(path) == Manifest("a program 2.1", "A school", "Valid", synthetic)


def test_a_film_that_was_changed_afterwards_is_found_out(tmp_path, signer):
    path = signed(tmp_path / "film.mp4", signer)
    data = bytearray(path.read_bytes())
    place = data.index(b"mdat") + 40
    data[place] ^= 1
    path.write_bytes(data)
    found = read_manifest(path)
    assert found is not None and found.state == "Invalid"
    assert cli.main(["inspect", str(path)]) == 0


def test_a_manifest_that_lies_elsewhere_is_not_fetched(tmp_path, signer):
    asked = []

    class Elsewhere(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        do_HEAD = do_GET

    with HTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        builder = telling(SYNTHETIC)
        builder.set_no_embed()
        builder.set_remote_url(f"http://127.0.0.1:{server.server_port}/manifest.c2pa")
        builder.sign_file(film(tmp_path / "plain.mp4"), tmp_path / "film.mp4", signer)
        assert read_manifest(tmp_path / "film.mp4") is None
        server.shutdown()
    assert not asked


def test_a_manifest_in_shreds_is_called_invalid(tmp_path, signer):
    path = signed(tmp_path / "film.mp4", signer)
    data = path.read_bytes()
    path.write_bytes(data.replace(b"c2pa.claim", b"c2pa.clown").replace(b"jumd", b"jump"))
    assert read_manifest(path) == Manifest("?", "?", "Invalid", synthetic=False)


@pytest.mark.parametrize("suffix", ["mp4", "gif", "webp", "mkv"])
def test_a_film_without_one_has_none(tmp_path, suffix):
    assert read_manifest(film(tmp_path / f"film.{suffix}")) is None


def test_inspect_says_so(tmp_path, signer, capsys, monkeypatch):
    path = signed(tmp_path / "film.mp4", signer)
    assert cli.main(["inspect", str(path)]) == 0
    line = (
        "C2PA manifest: says it is synthetic, made by a program 2.1, signed by A school; unchanged since it was signed"
    )
    assert line + "; nobody vouches for the signer\n" in capsys.readouterr().out
    assert cli.main(["inspect", str(tmp_path / "plain.mp4")]) == 0
    assert "C2PA manifest: none\n" in capsys.readouterr().out
    monkeypatch.setattr("fomm_lite.cli.inspect.find_spec", lambda _name: None)
    assert cli.main(["inspect", str(path)]) == 0
    assert "not looked for; pip install c2pa-python" in capsys.readouterr().out

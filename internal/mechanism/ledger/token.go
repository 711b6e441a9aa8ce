package ledger

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"

	"github.com/digitorus/pkcs7"
	"github.com/digitorus/timestamp"
)

// Object identifiers of RFC 3161, RFC 2634 and RFC 5035.
var (
	oidTSTInfo       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}
	oidSigningCert   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 12}
	oidSigningCertV2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	oidSHA256        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidSHA384        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 2}
	oidSHA512        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3}
)

// ParseStampReply judges an authority's answer (TimeStampResp) to a request
// about data with a nonce: granted, about this data, for this request, and as
// [CheckStamp] demands.
func ParseStampReply(reply, data []byte, nonce *big.Int, roots *x509.CertPool) (Stamp, error) {
	var token []byte
	t, err := guarded(func() (*timestamp.Timestamp, error) { return timestamp.ParseResponse(reply) })
	if err == nil {
		token = t.RawToken
		if t.Nonce == nil || t.Nonce.Cmp(nonce) != 0 {
			err = errors.New("it answers another request")
		}
	}
	if err != nil {
		return Stamp{}, fmt.Errorf("ledger.ParseStampReply: %w", err)
	}
	return CheckStamp(token, data, roots)
}

// CheckStamp verifies a stored token over the bytes it is said to stamp: the
// message imprint (SHA-256), the signature, that the one signer is the one whose
// certificate was signed along, and that this certificate was made for time
// stamps and led at the stated time to one of the roots. The stamp's Authority
// is left empty.
func CheckStamp(token, data []byte, roots *x509.CertPool) (Stamp, error) {
	s, err := guarded(func() (Stamp, error) { return checkStamp(token, data, roots) })
	if err != nil {
		return Stamp{}, fmt.Errorf("ledger.CheckStamp: %w", err)
	}
	return s, nil
}

// guarded turns a panic of the parsers, which read a stranger's bytes, into
// that stranger's error.
func guarded[T any](fn func() (T, error)) (t T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("it cannot be read: %v", p)
		}
	}()
	return fn()
}

func checkStamp(token, data []byte, roots *x509.CertPool) (Stamp, error) {
	if roots == nil { // the library would take that for "trust anybody"
		return Stamp{}, errors.New("no certificates to trust")
	}
	t, err := timestamp.Parse(token)
	if err != nil {
		return Stamp{}, err
	}
	sum := sha256.Sum256(data)
	if t.HashAlgorithm != crypto.SHA256 || !bytes.Equal(t.HashedMessage, sum[:]) {
		return Stamp{}, errors.New("it is a stamp on something else")
	}
	p7, err := pkcs7.Parse(token)
	if err != nil {
		return Stamp{}, err
	}
	signer := p7.GetOnlySigner()
	if signer == nil {
		return Stamp{}, errors.New("not one signer with its certificate")
	}
	if err := signedAsStamp(p7, signer); err != nil {
		return Stamp{}, err
	}
	others := x509.NewCertPool()
	for _, c := range p7.Certificates {
		others.AddCert(c)
	}
	err = p7.VerifyWithOpts(x509.VerifyOptions{
		Roots: roots, Intermediates: others, CurrentTime: t.Time,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping},
	})
	if err != nil {
		return Stamp{}, err
	}
	return Stamp{At: t.Time.UnixMicro(), Accuracy: t.Accuracy, Token: token}, nil
}

// signedAsStamp looks at what was signed beside the content: that it is a time
// stamp, and the hash of the signer's certificate, without which another
// certificate with the same key could be put in its place.
func signedAsStamp(p7 *pkcs7.PKCS7, signer *x509.Certificate) error {
	var kind asn1.ObjectIdentifier
	if err := p7.UnmarshalSignedAttribute(pkcs7.OIDAttributeContentType, &kind); err != nil || !kind.Equal(oidTSTInfo) {
		return errors.New("what was signed is no time stamp")
	}
	var v2 struct {
		Certs []struct {
			Hash         pkix.AlgorithmIdentifier `asn1:"optional"` // SHA-256 when left out
			CertHash     []byte
			IssuerSerial asn1.RawValue `asn1:"optional"`
		}
		Policies asn1.RawValue `asn1:"optional"`
	}
	if p7.UnmarshalSignedAttribute(oidSigningCertV2, &v2) == nil && len(v2.Certs) > 0 {
		hash := map[string]crypto.Hash{"": crypto.SHA256, oidSHA256.String(): crypto.SHA256,
			oidSHA384.String(): crypto.SHA384, oidSHA512.String(): crypto.SHA512}[v2.Certs[0].Hash.Algorithm.String()]
		return sameCertificate(hash, v2.Certs[0].CertHash, signer)
	}
	var v1 struct {
		Certs []struct {
			CertHash     []byte
			IssuerSerial asn1.RawValue `asn1:"optional"`
		}
		Policies asn1.RawValue `asn1:"optional"`
	}
	if p7.UnmarshalSignedAttribute(oidSigningCert, &v1) == nil && len(v1.Certs) > 0 {
		return sameCertificate(crypto.SHA1, v1.Certs[0].CertHash, signer)
	}
	return errors.New("it does not say whose certificate signed")
}

func sameCertificate(hash crypto.Hash, want []byte, signer *x509.Certificate) error {
	if !hash.Available() {
		return errors.New("it names its certificate by a hash we do not know")
	}
	h := hash.New()
	h.Write(signer.Raw)
	if !bytes.Equal(h.Sum(nil), want) {
		return errors.New("another certificate stands in the place of the signer's")
	}
	return nil
}

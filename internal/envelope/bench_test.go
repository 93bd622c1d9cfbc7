package envelope

import (
	"fmt"
	"testing"
)

var benchSizes = []int{32, 4 << 10, 1 << 20}

func BenchmarkSeal(b *testing.B) {
	key := countingKey(b)
	for _, size := range benchSizes {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			plaintext := make([]byte, size)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := key.Seal(plaintext); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkOpen(b *testing.B) {
	key := countingKey(b)
	for _, size := range benchSizes {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			nonce, ciphertext, err := key.Seal(make([]byte, size))
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := key.Open(nonce, ciphertext); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkUnlockPrivateKey(b *testing.B) {
	ref := referenceData(b)
	for i, k := range ref.Keys {
		b.Run(fmt.Sprint(k.Bits), func(b *testing.B) {
			wrapped := ref.wrapped(b, i)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := UnlockPrivateKey([]byte(k.Password), wrapped); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkUnwrapOrgKey(b *testing.B) {
	ref := referenceData(b)
	for _, k := range ref.Keys {
		b.Run(fmt.Sprint(k.Bits), func(b *testing.B) {
			private, err := ParsePEM([]byte(k.PKCS8))
			if err != nil {
				b.Fatal(err)
			}
			wrapped := unbase64(b, k.WrappedOrgKey.Key)
			for b.Loop() {
				if _, err := private.UnwrapOrgKey(wrapped); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// Signs the texts on standard input, one JSON object a line, with Go's crypto/hmac.
package main

import (
	"bufio"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash"
	"os"
)

type question struct {
	Algorithm string `json:"algorithm"`
	Secret    string `json:"secret"`
	Text      string `json:"text"`
}

var hashes = map[string]func() hash.Hash{
	"hmac-sha1":   sha1.New,
	"hmac-sha256": sha256.New,
	"hmac-sha512": sha512.New,
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var q question
		if err := json.Unmarshal(lines.Bytes(), &q); err != nil {
			panic(err)
		}
		mac := hmac.New(hashes[q.Algorithm], []byte(q.Secret))
		mac.Write([]byte(q.Text))
		fmt.Println(base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
}

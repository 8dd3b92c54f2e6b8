// A back end in Go behind the gateway: who the visitor is, what a page uploaded, the token, and a call to WeChat.
// WECHAT_GATEWAY_URL and WECHAT_SERVICE_KEY are the gateway's address and one of its service keys.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

var (
	gateway = strings.TrimRight(os.Getenv("WECHAT_GATEWAY_URL"), "/")
	key     = "Bearer " + os.Getenv("WECHAT_SERVICE_KEY")
	client  = &http.Client{Timeout: 10 * time.Second}
)

func ask(path, header, value string, answer any) (int, error) {
	request, err := http.NewRequest(http.MethodGet, gateway+path, nil)
	if err != nil {
		return 0, err
	}
	request.Header.Set(header, value)
	response, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	return response.StatusCode, json.NewDecoder(response.Body).Decode(answer)
}

// openidOf gives the visitor of a request whose Cookie header is passed on; nil if nobody is logged in.
func openidOf(cookie string) (*string, error) {
	var person struct {
		Openid *string `json:"openid"`
	}
	_, err := ask("/auth/user/openid", "Cookie", cookie, &person)
	return person.Openid, err
}

func main() {
	openid, err := openidOf(os.Args[1])
	check(err)
	stranger, err := openidOf("")
	check(err)

	var media struct {
		ContentType string `json:"content_type"`
		Data        []byte `json:"media_data"` // encoding/json decodes the base64
	}
	_, err = ask("/offiaccount/media?media_id="+url.QueryEscape(os.Args[2]), "Authorization", key, &media)
	check(err)

	var token struct {
		ExpiresIn int `json:"expires_in"` // it may be cached for so many seconds
	}
	_, err = ask("/token", "Authorization", key, &token)
	check(err)

	var api map[string]any
	_, err = ask("/api/cgi-bin/get_api_domain_ip", "Authorization", key, &api)
	check(err)

	result, err := json.Marshal(map[string]any{
		"openid": openid, "stranger": stranger, "media": []any{media.ContentType, len(media.Data)},
		"expiresIn": token.ExpiresIn, "api": api,
	})
	check(err)
	fmt.Println(string(result))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

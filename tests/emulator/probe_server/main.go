// A server for tests inside pods: says hello, looks up names, calls URLs, keeps a file.
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
)

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "hello from "+os.Getenv("HOSTNAME")) })
	http.HandleFunc("/lookup", func(w http.ResponseWriter, r *http.Request) {
		found, err := net.LookupHost(r.FormValue("name"))
		fmt.Fprint(w, found, err)
	})
	http.HandleFunc("/get", func(w http.ResponseWriter, r *http.Request) {
		answer, err := http.Get(r.FormValue("url"))
		if err != nil {
			http.Error(w, err.Error(), 502)
			return
		}
		defer answer.Body.Close()
		io.Copy(w, answer.Body)
	})
	http.HandleFunc("/file", func(w http.ResponseWriter, r *http.Request) {
		if text := r.FormValue("text"); text != "" {
			if err := os.WriteFile("/data/file", []byte(text), 0o600); err != nil {
				http.Error(w, err.Error(), 500)
				return
			}
			fmt.Fprint(w, "written")
			return
		}
		text, err := os.ReadFile("/data/file")
		fmt.Fprint(w, string(text), err)
	})
	if len(os.Args) > 1 {
		fmt.Println("ran", os.Args[1])
		return
	}
	fmt.Println("listening")
	panic(http.ListenAndServe(":8080", nil))
}

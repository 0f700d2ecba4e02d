// Looks names up in a list of patterns with Go's path.Match, one by one, as the peers do.
//
// usage: matcher PATTERNS NAMES; prints nanoseconds for one look-up and the number of matches.
package main

import (
	"fmt"
	"os"
	"path"
	"strings"
	"time"
)

func lines(file string) []string {
	content, err := os.ReadFile(file)
	if err != nil {
		panic(err)
	}
	return strings.Split(string(content), "\n")
}

func main() {
	patterns, names := lines(os.Args[1]), lines(os.Args[2])
	matches, lookups := 0, 0
	begin := time.Now()
	for lookups == 0 || time.Since(begin) < 100*time.Millisecond {
		matches = 0
		for _, name := range names {
			for _, pattern := range patterns {
				if matched, _ := path.Match(pattern, name); matched {
					matches++
				}
			}
		}
		lookups += len(names)
	}
	fmt.Println(time.Since(begin).Nanoseconds()/int64(lookups), matches)
}

package app

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/alecthomas/kong"
)

// settings is a file of settings: one JSON object whose keys are the long
// names of flags, such as {"data": "/var/lib/keepiton", "listen": ":8080"}.
type settings map[string]any

// loadSettings reads the file named by --config.
func loadSettings(r io.Reader) (kong.Resolver, error) {
	var s settings
	dec := json.NewDecoder(r)
	dec.UseNumber()
	if err := dec.Decode(&s); err != nil {
		return nil, fmt.Errorf("the file of settings is not one JSON object: %w", err)
	}
	return s, nil
}

// Validate refuses a key that no command has: a misspelled setting must not
// be silently without effect.
func (s settings) Validate(app *kong.Application) error {
	known := map[string]bool{}
	_ = kong.Visit(app, func(node kong.Visitable, next kong.Next) error {
		if f, ok := node.(*kong.Flag); ok {
			known[f.Name] = true
		}
		return next(nil)
	})
	for key := range s {
		if !known[key] {
			return fmt.Errorf("the file of settings has %q, which is no setting; a key is a flag without its dashes, such as data or listen", key)
		}
	}
	return nil
}

// Resolve gives the value of a flag, nil when the file has none or a variable
// of the environment goes before it.
func (s settings) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, name := range flag.Envs {
		if os.Getenv(name) != "" {
			return nil, nil
		}
	}
	v, ok := s[flag.Name]
	if !ok {
		return nil, nil
	}
	switch x := v.(type) {
	case json.Number:
		return x.String(), nil
	case string, bool:
		return x, nil
	}
	return nil, fmt.Errorf("the setting %q must be a text, a number, true or false", flag.Name)
}

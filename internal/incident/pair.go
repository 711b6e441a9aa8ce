package incident

import (
	"encoding/json"
	"fmt"
)

func marshalPair(name string, n int) ([]byte, error) { return json.Marshal([]any{name, n}) }

func unmarshalPair(b []byte, name *string, n *int) error {
	var list []json.RawMessage
	if err := json.Unmarshal(b, &list); err != nil {
		return err
	}
	if len(list) != 2 {
		return fmt.Errorf("a pair of a name and a number, not %d values", len(list))
	}
	if err := json.Unmarshal(list[0], name); err != nil {
		return err
	}
	return json.Unmarshal(list[1], n)
}

package app

import (
	"context"

	"keepiton/internal/digest"
	"keepiton/internal/dispute"
	"keepiton/internal/mechanism/desk"
)

// digestOf asks the rooms behind the door what waits for somebody.
func digestOf(in *insiders, disputes *dispute.Service) *digest.Service {
	return digest.New(
		digest.Source{Kind: digest.Calls, Ask: in.cases.CallsFor},
		digest.Source{Kind: digest.Handed, Ask: in.cases.HandedTo},
		digest.Source{Kind: digest.Due, Ask: in.cases.DueFor},
		digest.Source{Kind: digest.Shaky, Ask: in.cases.ShakyFor},
		digest.Source{Kind: digest.Sign, Ask: in.cases.SignableFor},
		digest.Source{Kind: digest.Publish, Ask: in.cases.PublishableFor},
		digest.Source{Kind: digest.Consent, Ask: in.items.RaisesFor},
		digest.Source{Kind: digest.Releases, Ask: in.cases.ReleasesFor},
		digest.Source{Kind: digest.Cut, Ask: in.cases.CuttableFor},
		digest.Source{Kind: digest.Recodings, Ask: in.cases.RecodingsFor},
		digest.Source{Kind: digest.Disputes, Ask: disputes.WaitingFor},
		digest.Source{Kind: digest.Upheld, Ask: disputes.UpheldFor},
		digest.Source{Kind: digest.Sheets, Ask: in.cases.AskedFor},
		digest.Source{Kind: digest.Gone, Ask: in.cases.GoneFor},
	)
}

// byFeed is the person whose feed address holds a secret.
func byFeed(in *insiders) digest.Reader {
	return func(ctx context.Context, secret string) (desk.Actor, error) {
		p, err := in.Accounts.ByFeed(ctx, secret)
		if err != nil {
			return desk.Actor{}, err
		}
		return in.Actor(ctx, p)
	}
}

"""How does a referral go on until a hospital bed is reached? Pure: steps and a clock in, where it stands out."""

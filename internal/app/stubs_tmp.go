package app

// ExportDatasetCmd writes the dataset.
type ExportDatasetCmd struct{}

// GenerateCmd generates.
type GenerateCmd struct{}

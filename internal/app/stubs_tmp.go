package app

// ExportDatasetCmd writes the dataset.
type ExportDatasetCmd struct{}

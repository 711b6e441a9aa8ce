package main

// isGrouping reports ISO codes that stand for a group of first-level units;
// geo's regions.csv holds them as regions.
func isGrouping(code string) bool {
	switch code {
	case "ID-JW", "ID-KA", "ID-ML", "ID-NU", "ID-PP", "ID-SL", "ID-SM", "IQ-KR",
		"CV-B", "CV-S", "DO-33", "DO-34", "DO-35", "DO-36", "DO-37", "DO-38", "DO-39", "DO-40", "DO-41", "DO-42",
		"KN-K", "KN-N", "MH-L", "MH-T", "GW-L", "GW-N", "GW-S", "GB-EAW", "GB-GBN", "GB-UKM":
		return true
	}
	return false
}

// skipISO lists entries of the source that are not units of that country in
// our tables: places that have a country code of their own.
var skipISO = map[string]bool{
	"CN-TW": true, "CN-HK": true, "CN-MO": true, "FR-BL": true, "FR-MF": true, "FR-NC": true, "FR-PF": true,
	"FR-PM": true, "FR-TF": true, "FR-WF": true, "NL-AW": true, "NL-CW": true, "NL-SX": true, "US-AS": true,
	"US-GU": true, "US-MP": true, "US-PR": true, "US-UM": true, "US-VI": true, "NO-21": true, "NO-22": true, "FI-01": true,
}

// extraISO are first-level units the ISO list of the source lacks. X codes
// are private.
var extraISO = map[string]string{
	"ET-X1": "Central Ethiopia", "ET-X2": "South Ethiopia", "IQ-X1": "Halabja",
}

// forceGN1 ties GeoNames first-level codes to units where names do not meet
// or meet wrongly. General geography.
var forceGN1 = map[string]string{
	"AO.17": "AO-LNO", "BY.04": "BY-HM", "BY.06": "BY-MA", "BY.03": "BY-HR", "BY.02": "BY-HO", "EG.18": "EG-BNS",
	"ET.55": "ET-X1", "ET.56": "ET-X2", "GA.04": "GA-4", "IQ.19": "IQ-X1", "KG.10": "KG-GO", "KH.27": "KH-22", "KH.31": "KH-25",
	"KP.13": "KP-10", "LB.09": "LB-AS", "MR.01": "MR-01", "MR.13": "MR-13", "MR.14": "MR-14", "MR.15": "MR-15", "MZ.11": "MZ-MPM",
	"NG.11": "NG-FC", "NI.17": "NI-AN", "NI.18": "NI-AS", "OM.02": "OM-BJ", "OM.04": "OM-SJ", "OM.12": "OM-SS", "OM.11": "OM-BS",
	"PG.20": "PG-NCD", "PH.15": "PH-15", "QA.06": "QA-RA", "QA.01": "QA-DA", "QA.14": "QA-SH", "RU.80": "RU-UD", "RU.47": "RU-MOS",
	"RU.27": "RU-KC", "RU.22": "RU-KB", "RU.87": "RU-YAN", "RU.32": "RU-KHM", "RU.29": "RU-KEM", "RU.04": "RU-ALT",
	"RU.59": "RU-PRI", "RU.93": "RU-ZAB", "SA.14": "SA-02", "SA.05": "SA-03", "SL.05": "SL-NW", "SO.14": "SO-SH", "SO.13": "SO-SD",
	"SY.04": "SY-RA", "TD.12": "TD-OD", "TJ.RR": "TJ-RA", "TZ.20": "TZ-10", "TZ.13": "TZ-06", "UA.26": "UA-23", "UA.17": "UA-51",
	"RU.48": "RU-MOW", "UZ.14": "UZ-TO", "AZ.29": "AZ-LAN", "AZ.30": "AZ-LA", "AZ.47": "AZ-SAK", "AZ.48": "AZ-SA", "AZ.67": "AZ-YEV", "AZ.68": "AZ-YE",
	"UA.12": "UA-30", "UA.13": "UA-32", "UZ.13": "UZ-TK", "VE.25": "VE-A", "VN.79": "VN-SG", "YE.04": "YE-HD", "YE.19": "YE-AM",
	"YE.26": "YE-SA", "YE.28": "YE-SU", "AF.37": "AF-KHO",
}

// skipGN1 lists GeoNames first-level units that geo's regions.csv holds.
var skipGN1 = map[string]bool{"PS.GZ": true, "PS.WE": true}

// cldrWrong marks ISO codes whose English CLDR name is not a name in use.
var cldrWrong = map[string]string{}

// unitNames are display names where the lists have none in plain English use.
var unitNames = map[string]string{
	"IN-TS": "Telangana", "IN-OD": "Odisha", "IN-CG": "Chhattisgarh", "IN-UK": "Uttarakhand", "IN-DH": "Dadra and Nagar Haveli and Daman and Diu",
	"UA-05": "Vinnytsia", "UA-07": "Volyn", "UA-09": "Luhansk", "UA-12": "Dnipropetrovsk", "UA-14": "Donetsk", "UA-18": "Zhytomyr",
	"UA-21": "Zakarpattia", "UA-23": "Zaporizhzhia", "UA-26": "Ivano-Frankivsk", "UA-30": "Kyiv", "UA-32": "Kyiv Oblast",
	"UA-35": "Kirovohrad", "UA-40": "Sevastopol", "UA-43": "Crimea", "UA-46": "Lviv", "UA-48": "Mykolaiv", "UA-51": "Odesa",
	"UA-53": "Poltava", "UA-56": "Rivne", "UA-59": "Sumy", "UA-61": "Ternopil", "UA-63": "Kharkiv", "UA-65": "Kherson",
	"UA-68": "Khmelnytskyi", "UA-71": "Cherkasy", "UA-74": "Chernihiv", "UA-77": "Chernivtsi",
	"PS-GZA": "Gaza", "PS-NGZ": "North Gaza", "PS-DEB": "Deir al-Balah", "PS-KYS": "Khan Yunis", "PS-RFH": "Rafah",
	"PS-HBN": "Hebron", "PS-JEM": "Jerusalem", "PS-JEN": "Jenin", "PS-JRH": "Jericho", "PS-NBS": "Nablus", "PS-QQA": "Qalqilya",
	"PS-RBH": "Ramallah and al-Bireh", "PS-SLT": "Salfit", "PS-TBS": "Tubas", "PS-TKM": "Tulkarm", "PS-BTH": "Bethlehem",
	"RU-MOS": "Moscow Oblast", "RU-BU": "Buryatia", "RU-CE": "Chechnya", "RU-CU": "Chuvashia", "RU-KB": "Kabardino-Balkaria",
	"RU-KC": "Karachay-Cherkessia", "RU-AL": "Altai Republic", "RU-CHU": "Chukotka", "RU-UD": "Udmurtia", "RU-TY": "Tyva", "RU-TA": "Tatarstan",
	"YE-AD": "Aden", "YE-SA": "Sana'a", "YE-SN": "Sana'a Governorate", "YE-SU": "Socotra", "YE-SD": "Saada", "YE-MA": "Marib", "SO-BY": "Bay",
	"IR-28": "North Khorasan", "IR-04": "West Azerbaijan", "ET-SW": "South West Ethiopia", "IQ-QA": "Al-Qadisiyyah",
	"KZ-11": "Akmola", "KZ-15": "Aktobe", "KZ-19": "Almaty Region", "KZ-23": "Atyrau", "KZ-27": "West Kazakhstan", "KZ-31": "Zhambyl",
	"KZ-33": "Zhetysu", "KZ-35": "Karaganda", "KZ-39": "Kostanay", "KZ-43": "Kyzylorda", "KZ-47": "Mangystau", "KZ-55": "Pavlodar",
	"KZ-59": "North Kazakhstan", "KZ-61": "Turkistan", "KZ-62": "Ulytau", "KZ-63": "East Kazakhstan", "KZ-10": "Abai",
	"AZ-NX": "Nakhchivan", "AZ-XA": "Khankendi", "ID-PE": "Highland Papua", "ID-PS": "South Papua", "ID-PT": "Central Papua", "ID-PD": "Southwest Papua",
	"TJ-RA": "Districts of Republican Subordination", "SD-GK": "West Kordofan", "SD-KN": "North Kordofan", "SD-KS": "South Kordofan",
	"MA-10": "Guelmim-Oued Noun", "MA-11": "Laâyoune-Sakia El Hamra", "MA-12": "Dakhla-Oued Ed-Dahab", "KE-30": "Nairobi",
	"NP-P1": "Koshi", "NP-P2": "Madhesh", "NP-P3": "Bagmati", "NP-P4": "Gandaki", "NP-P5": "Lumbini", "NP-P6": "Karnali", "NP-P7": "Sudurpashchim",
	"PK-TA": "Federally Administered Tribal Areas", "PK-GB": "Gilgit-Baltistan", "PK-JK": "Azad Jammu and Kashmir", "PK-IS": "Islamabad",
}

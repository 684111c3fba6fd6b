/** The devices that Puppeteer knows, below the user agent of each: `worker/browser/devices.test.ts` holds the two to each other. */
export const deviceTable = `
Mozilla/5.0 (PlayBook; U; RIM Tablet OS 2.1.0; en-US) AppleWebKit/536.2+ (KHTML like Gecko) Version/7.2.1.0 Safari/536.2+
  600 x 1024 @ 1  Blackberry PlayBook
  1024 x 600 @ 1  Blackberry PlayBook landscape
Mozilla/5.0 (BB10; Touch) AppleWebKit/537.10+ (KHTML, like Gecko) Version/10.0.9.2372 Mobile Safari/537.10+
  360 x 640 @ 2  BlackBerry Z30
  640 x 360 @ 2  BlackBerry Z30 landscape
Mozilla/5.0 (Linux; U; Android 4.3; en-us; SM-N900T Build/JSS15J) AppleWebKit/534.30 (KHTML, like Gecko) Version/4.0 Mobile Safari/534.30
  360 x 640 @ 3  Galaxy Note 3
  640 x 360 @ 3  Galaxy Note 3 landscape
Mozilla/5.0 (Linux; U; Android 4.1; en-us; GT-N7100 Build/JRO03C) AppleWebKit/534.30 (KHTML, like Gecko) Version/4.0 Mobile Safari/534.30
  360 x 640 @ 2  Galaxy Note II
  640 x 360 @ 2  Galaxy Note II landscape
Mozilla/5.0 (Linux; U; Android 4.0; en-us; GT-I9300 Build/IMM76D) AppleWebKit/534.30 (KHTML, like Gecko) Version/4.0 Mobile Safari/534.30
  360 x 640 @ 2  Galaxy S III
  640 x 360 @ 2  Galaxy S III landscape
Mozilla/5.0 (Linux; Android 5.0; SM-G900P Build/LRX21T) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/75.0.3765.0 Mobile Safari/537.36
  360 x 640 @ 3  Galaxy S5
  640 x 360 @ 3  Galaxy S5 landscape
Mozilla/5.0 (Linux; Android 7.0; SM-G950U Build/NRD90M) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/62.0.3202.84 Mobile Safari/537.36
  360 x 740 @ 3  Galaxy S8
  740 x 360 @ 3  Galaxy S8 landscape
Mozilla/5.0 (Linux; Android 8.0.0; SM-G965U Build/R16NW) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/63.0.3239.111 Mobile Safari/537.36
  320 x 658 @ 4.5  Galaxy S9+
  658 x 320 @ 4.5  Galaxy S9+ landscape
Mozilla/5.0 (Linux; Android 8.1.0; SM-T837A) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/70.0.3538.80 Safari/537.36
  712 x 1138 @ 2.25  Galaxy Tab S4
  1138 x 712 @ 2.25  Galaxy Tab S4 landscape
Mozilla/5.0 (iPad; CPU OS 11_0 like Mac OS X) AppleWebKit/604.1.34 (KHTML, like Gecko) Version/11.0 Mobile/15A5341f Safari/604.1
  768 x 1024 @ 2  iPad
  1024 x 768 @ 2  iPad landscape
  768 x 1024 @ 2  iPad Mini
  1024 x 768 @ 2  iPad Mini landscape
  1024 x 1366 @ 2  iPad Pro
  1366 x 1024 @ 2  iPad Pro landscape
Mozilla/5.0 (iPad; CPU OS 12_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/15.4 Mobile/15E148 Safari/604.1
  768 x 1024 @ 2  iPad (gen 6)
  1024 x 768 @ 2  iPad (gen 6) landscape
  810 x 1080 @ 2  iPad (gen 7)
  1080 x 810 @ 2  iPad (gen 7) landscape
  834 x 1194 @ 2  iPad Pro 11
  1194 x 834 @ 2  iPad Pro 11 landscape
Mozilla/5.0 (iPhone; CPU iPhone OS 7_1_2 like Mac OS X) AppleWebKit/537.51.2 (KHTML, like Gecko) Version/7.0 Mobile/11D257 Safari/9537.53
  320 x 480 @ 2  iPhone 4
  480 x 320 @ 2  iPhone 4 landscape
Mozilla/5.0 (iPhone; CPU iPhone OS 10_3_1 like Mac OS X) AppleWebKit/603.1.30 (KHTML, like Gecko) Version/10.0 Mobile/14E304 Safari/602.1
  320 x 568 @ 2  iPhone 5
  568 x 320 @ 2  iPhone 5 landscape
  320 x 568 @ 2  iPhone SE
  568 x 320 @ 2  iPhone SE landscape
Mozilla/5.0 (iPhone; CPU iPhone OS 11_0 like Mac OS X) AppleWebKit/604.1.38 (KHTML, like Gecko) Version/11.0 Mobile/15A372 Safari/604.1
  375 x 667 @ 2  iPhone 6
  667 x 375 @ 2  iPhone 6 landscape
  414 x 736 @ 3  iPhone 6 Plus
  736 x 414 @ 3  iPhone 6 Plus landscape
  375 x 667 @ 2  iPhone 7
  667 x 375 @ 2  iPhone 7 landscape
  414 x 736 @ 3  iPhone 7 Plus
  736 x 414 @ 3  iPhone 7 Plus landscape
  375 x 667 @ 2  iPhone 8
  667 x 375 @ 2  iPhone 8 landscape
  414 x 736 @ 3  iPhone 8 Plus
  736 x 414 @ 3  iPhone 8 Plus landscape
  375 x 812 @ 3  iPhone X
  812 x 375 @ 3  iPhone X landscape
Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/603.1.30 (KHTML, like Gecko) Version/26.5 Mobile/19E241 Safari/602.1
  375 x 667 @ 2  iPhone SE (3rd gen)
  667 x 375 @ 2  iPhone SE (3rd gen) landscape
Mozilla/5.0 (iPhone; CPU iPhone OS 12_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/12.0 Mobile/15E148 Safari/604.1
  414 x 896 @ 3  iPhone XR
  896 x 414 @ 3  iPhone XR landscape
Mozilla/5.0 (iPhone; CPU iPhone OS 13_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.1 Mobile/15E148 Safari/604.1
  414 x 828 @ 2  iPhone 11
  828 x 414 @ 2  iPhone 11 landscape
  375 x 812 @ 3  iPhone 11 Pro
  812 x 375 @ 3  iPhone 11 Pro landscape
  414 x 896 @ 3  iPhone 11 Pro Max
  896 x 414 @ 3  iPhone 11 Pro Max landscape
Mozilla/5.0 (iPhone; CPU iPhone OS 14_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/15.4 Mobile/15E148 Safari/604.1
  390 x 844 @ 3  iPhone 12
  844 x 390 @ 3  iPhone 12 landscape
  390 x 844 @ 3  iPhone 12 Pro
  844 x 390 @ 3  iPhone 12 Pro landscape
  428 x 926 @ 3  iPhone 12 Pro Max
  926 x 428 @ 3  iPhone 12 Pro Max landscape
  375 x 812 @ 3  iPhone 12 Mini
  812 x 375 @ 3  iPhone 12 Mini landscape
Mozilla/5.0 (iPhone; CPU iPhone OS 15_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/15.4 Mobile/15E148 Safari/604.1
  390 x 844 @ 3  iPhone 13
  844 x 390 @ 3  iPhone 13 landscape
  390 x 844 @ 3  iPhone 13 Pro
  844 x 390 @ 3  iPhone 13 Pro landscape
  428 x 926 @ 3  iPhone 13 Pro Max
  926 x 428 @ 3  iPhone 13 Pro Max landscape
  375 x 812 @ 3  iPhone 13 Mini
  812 x 375 @ 3  iPhone 13 Mini landscape
Mozilla/5.0 (iPhone; CPU iPhone OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1
  390 x 663 @ 3  iPhone 14
  750 x 340 @ 3  iPhone 14 landscape
  428 x 745 @ 3  iPhone 14 Plus
  832 x 378 @ 3  iPhone 14 Plus landscape
  393 x 659 @ 3  iPhone 14 Pro
  734 x 343 @ 3  iPhone 14 Pro landscape
  430 x 739 @ 3  iPhone 14 Pro Max
  814 x 380 @ 3  iPhone 14 Pro Max landscape
Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1
  393 x 659 @ 3  iPhone 15
  734 x 343 @ 3  iPhone 15 landscape
  430 x 739 @ 3  iPhone 15 Plus
  814 x 380 @ 3  iPhone 15 Plus landscape
  393 x 659 @ 3  iPhone 15 Pro
  734 x 343 @ 3  iPhone 15 Pro landscape
  430 x 739 @ 3  iPhone 15 Pro Max
  814 x 380 @ 3  iPhone 15 Pro Max landscape
Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.5 Mobile/15E148 Safari/604.1
  393 x 659 @ 3  iPhone 16
  734 x 343 @ 3  iPhone 16 landscape
  430 x 739 @ 3  iPhone 16 Plus
  814 x 380 @ 3  iPhone 16 Plus landscape
  402 x 681 @ 3  iPhone 16 Pro
  756 x 352 @ 3  iPhone 16 Pro landscape
  440 x 763 @ 3  iPhone 16 Pro Max
  838 x 390 @ 3  iPhone 16 Pro Max landscape
  390 x 651 @ 3  iPhone 16e
  726 x 340 @ 3  iPhone 16e landscape
  402 x 681 @ 3  iPhone 17
  756 x 352 @ 3  iPhone 17 landscape
  420 x 719 @ 3  iPhone Air
  794 x 370 @ 3  iPhone Air landscape
  402 x 681 @ 3  iPhone 17 Pro
  756 x 352 @ 3  iPhone 17 Pro landscape
  440 x 763 @ 3  iPhone 17 Pro Max
  838 x 390 @ 3  iPhone 17 Pro Max landscape
  390 x 651 @ 3  iPhone 17e
  726 x 340 @ 3  iPhone 17e landscape
Mozilla/5.0 (Mobile; LYF/F300B/LYF-F300B-001-01-15-130718-i;Android; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.5
  240 x 320 @ 1  JioPhone 2
  320 x 240 @ 1  JioPhone 2 landscape
Mozilla/5.0 (Linux; U; en-us; KFAPWI Build/JDQ39) AppleWebKit/535.19 (KHTML, like Gecko) Silk/3.13 Safari/535.19 Silk-Accelerated=true
  800 x 1280 @ 2  Kindle Fire HDX
  1280 x 800 @ 2  Kindle Fire HDX landscape
Mozilla/5.0 (Linux; U; Android 4.4.2; en-us; LGMS323 Build/KOT49I.MS32310c) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/75.0.3765.0 Mobile Safari/537.36
  384 x 640 @ 1.25  LG Optimus L70
  640 x 384 @ 1.25  LG Optimus L70 landscape
Mozilla/5.0 (Windows Phone 10.0; Android 4.2.1; Microsoft; Lumia 550) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/46.0.2486.0 Mobile Safari/537.36 Edge/14.14263
  640 x 360 @ 2  Microsoft Lumia 550
Mozilla/5.0 (Windows Phone 10.0; Android 4.2.1; Microsoft; Lumia 950) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/46.0.2486.0 Mobile Safari/537.36 Edge/14.14263
  360 x 640 @ 4  Microsoft Lumia 950
  640 x 360 @ 4  Microsoft Lumia 950 landscape
Mozilla/5.0 (Linux; Android 6.0.1; Nexus 10 Build/MOB31T) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/75.0.3765.0 Safari/537.36
  800 x 1280 @ 2  Nexus 10
  1280 x 800 @ 2  Nexus 10 landscape
Mozilla/5.0 (Linux; Android 4.4.2; Nexus 4 Build/KOT49H) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/75.0.3765.0 Mobile Safari/537.36
  384 x 640 @ 2  Nexus 4
  640 x 384 @ 2  Nexus 4 landscape
Mozilla/5.0 (Linux; Android 6.0; Nexus 5 Build/MRA58N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/75.0.3765.0 Mobile Safari/537.36
  360 x 640 @ 3  Nexus 5
  640 x 360 @ 3  Nexus 5 landscape
Mozilla/5.0 (Linux; Android 8.0.0; Nexus 5X Build/OPR4.170623.006) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/75.0.3765.0 Mobile Safari/537.36
  412 x 732 @ 2.625  Nexus 5X
  732 x 412 @ 2.625  Nexus 5X landscape
Mozilla/5.0 (Linux; Android 7.1.1; Nexus 6 Build/N6F26U) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/75.0.3765.0 Mobile Safari/537.36
  412 x 732 @ 3.5  Nexus 6
  732 x 412 @ 3.5  Nexus 6 landscape
Mozilla/5.0 (Linux; Android 8.0.0; Nexus 6P Build/OPP3.170518.006) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/75.0.3765.0 Mobile Safari/537.36
  412 x 732 @ 3.5  Nexus 6P
  732 x 412 @ 3.5  Nexus 6P landscape
Mozilla/5.0 (Linux; Android 6.0.1; Nexus 7 Build/MOB30X) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/75.0.3765.0 Safari/537.36
  600 x 960 @ 2  Nexus 7
  960 x 600 @ 2  Nexus 7 landscape
Mozilla/5.0 (compatible; MSIE 10.0; Windows Phone 8.0; Trident/6.0; IEMobile/10.0; ARM; Touch; NOKIA; Lumia 520)
  320 x 533 @ 1.5  Nokia Lumia 520
  533 x 320 @ 1.5  Nokia Lumia 520 landscape
Mozilla/5.0 (MeeGo; NokiaN9) AppleWebKit/534.13 (KHTML, like Gecko) NokiaBrowser/8.5.0 Mobile Safari/534.13
  480 x 854 @ 1  Nokia N9
  854 x 480 @ 1  Nokia N9 landscape
Mozilla/5.0 (Linux; Android 8.0; Pixel 2 Build/OPD3.170816.012) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/75.0.3765.0 Mobile Safari/537.36
  411 x 731 @ 2.625  Pixel 2
  731 x 411 @ 2.625  Pixel 2 landscape
Mozilla/5.0 (Linux; Android 8.0.0; Pixel 2 XL Build/OPD1.170816.004) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/75.0.3765.0 Mobile Safari/537.36
  411 x 823 @ 3.5  Pixel 2 XL
  823 x 411 @ 3.5  Pixel 2 XL landscape
Mozilla/5.0 (Linux; Android 9; Pixel 3 Build/PQ1A.181105.017.A1) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/66.0.3359.158 Mobile Safari/537.36
  393 x 786 @ 2.75  Pixel 3
  786 x 393 @ 2.75  Pixel 3 landscape
Mozilla/5.0 (Linux; Android 10; Pixel 4) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/81.0.4044.138 Mobile Safari/537.36
  353 x 745 @ 3  Pixel 4
  745 x 353 @ 3  Pixel 4 landscape
Mozilla/5.0 (Linux; Android 11; Pixel 4a (5G)) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/99.0.4812.0 Mobile Safari/537.36
  353 x 745 @ 3  Pixel 4a (5G)
  745 x 353 @ 3  Pixel 4a (5G) landscape
Mozilla/5.0 (Linux; Android 11; Pixel 5) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/99.0.4812.0 Mobile Safari/537.36
  393 x 851 @ 3  Pixel 5
  851 x 393 @ 3  Pixel 5 landscape
Mozilla/5.0 (Linux; Android 7.0; Moto G (4)) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/99.0.4812.0 Mobile Safari/537.36
  360 x 640 @ 3  Moto G4
  640 x 360 @ 3  Moto G4 landscape
`;

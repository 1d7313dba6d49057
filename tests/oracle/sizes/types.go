package main

import (
	"reflect"
	"unsafe"
)

type T0 bool
type T1 int16
type T2 complex64
type T3 complex128
type T4 string
type T5 unsafe.Pointer
type T6 []int
type T7 map[string]int
type T8 chan int
type T9 func(int) string
type T10 error
type T11 any
type T12 interface { M(); N() }
type T13 *int
type T14 struct { }
type T15 struct { a int8; b int64 }
type T16 struct { a int8; b complex64; c complex128 }
type T17 struct { a int64; b struct { } }
type T18 struct { a struct { }; b int64 }
type T19 struct { a [0]int64; b int8 }
type T20 struct { b int8; a [0]int64 }
type T21 struct { a struct { }; p *int }
type T22 struct { p *int; a struct { } }
type T23 struct { p [1]*int }
type T24 [1]func()
type T25 [0]*int
type T26 [3]string
type T27 [2]struct { a string; b int8 }
type T28 struct { p *int; a int; b int8 }
type T29 struct { a int; s string; b bool }
type T30 struct { s []int; e error; n int32 }
type T31 struct { a [0]func(); m map[int]int }
type T32 struct { x [7]uint8; y uint16 }
type T33 [4][0]int
type T34 struct { a [2]struct { b int8; c struct { } } }
type T35 struct { next *T36; value T3 }
type T36 []T37
type T37 struct { f func(T38) T38; T36 }
type T38 struct { a int32; b [3]int16; c float64; d int8 }
type T39 struct { u uintptr; p unsafe.Pointer; u2 uintptr }
type T40 int32
type T41 int
type T42 byte
type T43 rune
type T44 string
type T45 int8
type T46 int8
type T47 byte
type T48 rune
type T49 uint8
type T50 [5]struct { f0 []uint8; f1 int32; f2 int32; f3 *[]int64 }
type T51 rune
type T52 [2]int8
type T53 [][]**complex64
type T54 []*int64
type T55 [1]uint32
type T56 *T46
type T57 error
type T58 struct { }
type T59 *uint64
type T60 complex128
type T61 int8
type T62 map[string][]T20
type T63 uintptr
type T64 [][]*func(complex128)
type T65 [0]uint32
type T66 [3]float32
type T67 T44
type T68 complex64
type T69 error
type T70 int
type T71 uint32
type T72 uint8
type T73 complex128
type T74 complex64
type T75 uint16
type T76 T55
type T77 T35
type T78 [2][3]struct { f0 int32 }
type T79 uint8
type T80 rune
type T81 uint32
type T82 float64
type T83 *[]int32
type T84 [5]struct { }
type T85 *T71
type T86 float32
type T87 complex128
type T88 [0]uint
type T89 int16
type T90 int
type T91 rune
type T92 int16
type T93 struct { f0 uint; f1 []uint16; f2 struct { f0 int16; f1 complex128; f2 struct { f0 *int32; f1 uint64; f2 [3]int64 }; f3 *string }; f3 byte }
type T94 struct { f0 any; f1 T89; f2 T66; f3 int64 }
type T95 uint8
type T96 *map[string]uint8
type T97 []chan map[string]uint8
type T98 func([1]complex128)
type T99 bool
type T100 struct { f0 *error; f1 struct { f0 chan [2]uintptr; f1 int16; f2 uint } }
type T101 complex128
type T102 [5]T61
type T103 struct { f0 chan int16; f1 struct { f0 *any } }
type T104 float32
type T105 *[0][1]struct { }
type T106 complex64
type T107 chan error
type T108 struct { f0 byte; f1 bool }
type T109 chan [0]*struct { f0 uint; f1 uint; f2 uint }
type T110 uint8
type T111 map[string]byte
type T112 int32
type T113 uintptr
type T114 T84
type T115 []struct { f0 func(T16); f1 **complex64; f2 map[string][]int32 }
type T116 complex128
type T117 []int
type T118 string
type T119 **map[string]T7
type T120 uint16
type T121 int16
type T122 *[]map[string]struct { f0 string; f1 uint; f2 complex64 }
type T123 *chan *string
type T124 T120
type T125 struct { f0 T25; f1 func(int16); f2 uint64; f3 uint8 }
type T126 uint
type T127 [0]T19
type T128 struct { f0 int32; f1 struct { f0 [0]complex128 } }
type T129 uint8
type T130 float64
type T131 struct { f0 uint; f1 int8; f2 [0]complex64 }
type T132 bool
type T133 string
type T134 [5]struct { }
type T135 struct { f0 struct { } }
type T136 uint16
type T137 int64
type T138 int32
type T139 func(T66)
type T140 byte
type T141 struct { f0 *uint16; f1 int64; f2 int8; f3 bool }
type T142 [2]uint8
type T143 int16
type T144 *byte
type T145 uint16
type T146 [0]*int16
type T147 struct { f0 uint; f1 struct { f0 *complex64; f1 *uintptr } }
type T148 chan struct { }
type T149 string
type T150 []complex128
type T151 complex64
type T152 any
type T153 complex128
type T154 *T129
type T155 uint
type T156 struct { f0 any; f1 uintptr }
type T157 struct { f0 any }
type T158 [2]int
type T159 float32
type T160 T72
type T161 [][0]*complex64
type T162 uintptr
type T163 struct { f0 int; f1 struct { f0 int64; f1 float32 }; f2 uint16; f3 *string }
type T164 map[string]int8
type T165 rune
type T166 bool
type T167 any
type T168 rune
type T169 struct { f0 [5]uint64 }
type T170 [3]error
type T171 [0]func([5][5]string)
type T172 map[string][]func(rune)
type T173 chan [1]int
type T174 uintptr
type T175 struct { f0 func([][5]complex128); f1 complex64; f2 chan [5]T23 }
type T176 [0][3]int8
type T177 T60
type T178 [1]any
type T179 struct { f0 T19; f1 *[0][]int8; f2 []any }
type T180 [2][1]int
type T181 *struct { }
type T182 [3]string
type T183 complex64
type T184 *byte
type T185 int8
type T186 struct { }
type T187 int8
type T188 func(struct { f0 struct { f0 uint; f1 int8; f2 string }; f1 uintptr; f2 any })
type T189 *T180
type T190 complex128
type T191 T124
type T192 int64
type T193 complex128
type T194 [3]int32
type T195 float32
type T196 uint64
type T197 uint64
type T198 func(uint)
type T199 [2]int8
type T200 rune
type T201 float64
type T202 map[string]T71
type T203 uint32
type T204 [1]uint16
type T205 uint64
type T206 uintptr
type T207 chan bool
type T208 func([5]*[0]float64)
type T209 *map[string][2]*byte
type T210 complex128
type T211 uint32
type T212 any
type T213 any
type T214 complex128
type T215 []int64
type T216 [0]complex128
type T217 []*complex64
type T218 byte
type T219 int8
type T220 byte
type T221 uint8
type T222 rune
type T223 bool
type T224 [3]string
type T225 uint16
type T226 int
type T227 *[]string
type T228 *chan T23
type T229 uint8
type T230 any
type T231 uint32
type T232 T223
type T233 struct { f0 complex128 }
type T234 struct { f0 float32; f1 struct { f0 T114; f1 int16; f2 int32; f3 *[3]int }; f2 int32 }
type T235 int
type T236 [2]struct { f0 *int16; f1 uint32 }
type T237 *[]uint8
type T238 chan byte
type T239 complex64
type T240 uint64
type T241 [1]*uint8
type T242 float64
type T243 [2]uint
type T244 *[3]uint8
type T245 [2]int
type T246 [3]float32
type T247 uint32
type T248 [5]complex128
type T249 struct { f0 map[string]complex64; f1 uint32 }
type T250 error
type T251 *uint8
type T252 *struct { }
type T253 struct { f0 struct { } }
type T254 error
type T255 int
type T256 [1]uint64
type T257 [0]struct { f0 any; f1 struct { f0 float32; f1 func(complex64); f2 bool } }
type T258 int8
type T259 int16
type T260 []map[string]uint32
type T261 func(int)
type T262 [1]complex64
type T263 uintptr
type T264 [3]float64
type T265 any
type T266 map[string]int
type T267 *chan uint
type T268 [5]uint16
type T269 error
type T270 uint64
type T271 struct { f0 error; f1 struct { } }
type T272 uint8
type T273 complex64
type T274 struct { f0 chan struct { f0 complex128; f1 uint32; f2 func(error) }; f1 uint64; f2 *chan []float32 }
type T275 map[string]int8
type T276 [3][]float64
type T277 T36
type T278 int8
type T279 float64
type T280 *[3]int32
type T281 error
type T282 T120
type T283 [0]map[string]uint16
type T284 []uint16
type T285 uint8
type T286 uint8
type T287 rune
type T288 int8
type T289 uint8
type T290 *int16
type T291 [0]complex128
type T292 T118
type T293 T191
type T294 uint32
type T295 int
type T296 rune
type T297 int8
type T298 int64
type T299 uint16

var _ unsafe.Pointer

var types = []reflect.Type{
	reflect.TypeFor[T0](),
	reflect.TypeFor[T1](),
	reflect.TypeFor[T2](),
	reflect.TypeFor[T3](),
	reflect.TypeFor[T4](),
	reflect.TypeFor[T5](),
	reflect.TypeFor[T6](),
	reflect.TypeFor[T7](),
	reflect.TypeFor[T8](),
	reflect.TypeFor[T9](),
	reflect.TypeFor[T10](),
	reflect.TypeFor[T11](),
	reflect.TypeFor[T12](),
	reflect.TypeFor[T13](),
	reflect.TypeFor[T14](),
	reflect.TypeFor[T15](),
	reflect.TypeFor[T16](),
	reflect.TypeFor[T17](),
	reflect.TypeFor[T18](),
	reflect.TypeFor[T19](),
	reflect.TypeFor[T20](),
	reflect.TypeFor[T21](),
	reflect.TypeFor[T22](),
	reflect.TypeFor[T23](),
	reflect.TypeFor[T24](),
	reflect.TypeFor[T25](),
	reflect.TypeFor[T26](),
	reflect.TypeFor[T27](),
	reflect.TypeFor[T28](),
	reflect.TypeFor[T29](),
	reflect.TypeFor[T30](),
	reflect.TypeFor[T31](),
	reflect.TypeFor[T32](),
	reflect.TypeFor[T33](),
	reflect.TypeFor[T34](),
	reflect.TypeFor[T35](),
	reflect.TypeFor[T36](),
	reflect.TypeFor[T37](),
	reflect.TypeFor[T38](),
	reflect.TypeFor[T39](),
	reflect.TypeFor[T40](),
	reflect.TypeFor[T41](),
	reflect.TypeFor[T42](),
	reflect.TypeFor[T43](),
	reflect.TypeFor[T44](),
	reflect.TypeFor[T45](),
	reflect.TypeFor[T46](),
	reflect.TypeFor[T47](),
	reflect.TypeFor[T48](),
	reflect.TypeFor[T49](),
	reflect.TypeFor[T50](),
	reflect.TypeFor[T51](),
	reflect.TypeFor[T52](),
	reflect.TypeFor[T53](),
	reflect.TypeFor[T54](),
	reflect.TypeFor[T55](),
	reflect.TypeFor[T56](),
	reflect.TypeFor[T57](),
	reflect.TypeFor[T58](),
	reflect.TypeFor[T59](),
	reflect.TypeFor[T60](),
	reflect.TypeFor[T61](),
	reflect.TypeFor[T62](),
	reflect.TypeFor[T63](),
	reflect.TypeFor[T64](),
	reflect.TypeFor[T65](),
	reflect.TypeFor[T66](),
	reflect.TypeFor[T67](),
	reflect.TypeFor[T68](),
	reflect.TypeFor[T69](),
	reflect.TypeFor[T70](),
	reflect.TypeFor[T71](),
	reflect.TypeFor[T72](),
	reflect.TypeFor[T73](),
	reflect.TypeFor[T74](),
	reflect.TypeFor[T75](),
	reflect.TypeFor[T76](),
	reflect.TypeFor[T77](),
	reflect.TypeFor[T78](),
	reflect.TypeFor[T79](),
	reflect.TypeFor[T80](),
	reflect.TypeFor[T81](),
	reflect.TypeFor[T82](),
	reflect.TypeFor[T83](),
	reflect.TypeFor[T84](),
	reflect.TypeFor[T85](),
	reflect.TypeFor[T86](),
	reflect.TypeFor[T87](),
	reflect.TypeFor[T88](),
	reflect.TypeFor[T89](),
	reflect.TypeFor[T90](),
	reflect.TypeFor[T91](),
	reflect.TypeFor[T92](),
	reflect.TypeFor[T93](),
	reflect.TypeFor[T94](),
	reflect.TypeFor[T95](),
	reflect.TypeFor[T96](),
	reflect.TypeFor[T97](),
	reflect.TypeFor[T98](),
	reflect.TypeFor[T99](),
	reflect.TypeFor[T100](),
	reflect.TypeFor[T101](),
	reflect.TypeFor[T102](),
	reflect.TypeFor[T103](),
	reflect.TypeFor[T104](),
	reflect.TypeFor[T105](),
	reflect.TypeFor[T106](),
	reflect.TypeFor[T107](),
	reflect.TypeFor[T108](),
	reflect.TypeFor[T109](),
	reflect.TypeFor[T110](),
	reflect.TypeFor[T111](),
	reflect.TypeFor[T112](),
	reflect.TypeFor[T113](),
	reflect.TypeFor[T114](),
	reflect.TypeFor[T115](),
	reflect.TypeFor[T116](),
	reflect.TypeFor[T117](),
	reflect.TypeFor[T118](),
	reflect.TypeFor[T119](),
	reflect.TypeFor[T120](),
	reflect.TypeFor[T121](),
	reflect.TypeFor[T122](),
	reflect.TypeFor[T123](),
	reflect.TypeFor[T124](),
	reflect.TypeFor[T125](),
	reflect.TypeFor[T126](),
	reflect.TypeFor[T127](),
	reflect.TypeFor[T128](),
	reflect.TypeFor[T129](),
	reflect.TypeFor[T130](),
	reflect.TypeFor[T131](),
	reflect.TypeFor[T132](),
	reflect.TypeFor[T133](),
	reflect.TypeFor[T134](),
	reflect.TypeFor[T135](),
	reflect.TypeFor[T136](),
	reflect.TypeFor[T137](),
	reflect.TypeFor[T138](),
	reflect.TypeFor[T139](),
	reflect.TypeFor[T140](),
	reflect.TypeFor[T141](),
	reflect.TypeFor[T142](),
	reflect.TypeFor[T143](),
	reflect.TypeFor[T144](),
	reflect.TypeFor[T145](),
	reflect.TypeFor[T146](),
	reflect.TypeFor[T147](),
	reflect.TypeFor[T148](),
	reflect.TypeFor[T149](),
	reflect.TypeFor[T150](),
	reflect.TypeFor[T151](),
	reflect.TypeFor[T152](),
	reflect.TypeFor[T153](),
	reflect.TypeFor[T154](),
	reflect.TypeFor[T155](),
	reflect.TypeFor[T156](),
	reflect.TypeFor[T157](),
	reflect.TypeFor[T158](),
	reflect.TypeFor[T159](),
	reflect.TypeFor[T160](),
	reflect.TypeFor[T161](),
	reflect.TypeFor[T162](),
	reflect.TypeFor[T163](),
	reflect.TypeFor[T164](),
	reflect.TypeFor[T165](),
	reflect.TypeFor[T166](),
	reflect.TypeFor[T167](),
	reflect.TypeFor[T168](),
	reflect.TypeFor[T169](),
	reflect.TypeFor[T170](),
	reflect.TypeFor[T171](),
	reflect.TypeFor[T172](),
	reflect.TypeFor[T173](),
	reflect.TypeFor[T174](),
	reflect.TypeFor[T175](),
	reflect.TypeFor[T176](),
	reflect.TypeFor[T177](),
	reflect.TypeFor[T178](),
	reflect.TypeFor[T179](),
	reflect.TypeFor[T180](),
	reflect.TypeFor[T181](),
	reflect.TypeFor[T182](),
	reflect.TypeFor[T183](),
	reflect.TypeFor[T184](),
	reflect.TypeFor[T185](),
	reflect.TypeFor[T186](),
	reflect.TypeFor[T187](),
	reflect.TypeFor[T188](),
	reflect.TypeFor[T189](),
	reflect.TypeFor[T190](),
	reflect.TypeFor[T191](),
	reflect.TypeFor[T192](),
	reflect.TypeFor[T193](),
	reflect.TypeFor[T194](),
	reflect.TypeFor[T195](),
	reflect.TypeFor[T196](),
	reflect.TypeFor[T197](),
	reflect.TypeFor[T198](),
	reflect.TypeFor[T199](),
	reflect.TypeFor[T200](),
	reflect.TypeFor[T201](),
	reflect.TypeFor[T202](),
	reflect.TypeFor[T203](),
	reflect.TypeFor[T204](),
	reflect.TypeFor[T205](),
	reflect.TypeFor[T206](),
	reflect.TypeFor[T207](),
	reflect.TypeFor[T208](),
	reflect.TypeFor[T209](),
	reflect.TypeFor[T210](),
	reflect.TypeFor[T211](),
	reflect.TypeFor[T212](),
	reflect.TypeFor[T213](),
	reflect.TypeFor[T214](),
	reflect.TypeFor[T215](),
	reflect.TypeFor[T216](),
	reflect.TypeFor[T217](),
	reflect.TypeFor[T218](),
	reflect.TypeFor[T219](),
	reflect.TypeFor[T220](),
	reflect.TypeFor[T221](),
	reflect.TypeFor[T222](),
	reflect.TypeFor[T223](),
	reflect.TypeFor[T224](),
	reflect.TypeFor[T225](),
	reflect.TypeFor[T226](),
	reflect.TypeFor[T227](),
	reflect.TypeFor[T228](),
	reflect.TypeFor[T229](),
	reflect.TypeFor[T230](),
	reflect.TypeFor[T231](),
	reflect.TypeFor[T232](),
	reflect.TypeFor[T233](),
	reflect.TypeFor[T234](),
	reflect.TypeFor[T235](),
	reflect.TypeFor[T236](),
	reflect.TypeFor[T237](),
	reflect.TypeFor[T238](),
	reflect.TypeFor[T239](),
	reflect.TypeFor[T240](),
	reflect.TypeFor[T241](),
	reflect.TypeFor[T242](),
	reflect.TypeFor[T243](),
	reflect.TypeFor[T244](),
	reflect.TypeFor[T245](),
	reflect.TypeFor[T246](),
	reflect.TypeFor[T247](),
	reflect.TypeFor[T248](),
	reflect.TypeFor[T249](),
	reflect.TypeFor[T250](),
	reflect.TypeFor[T251](),
	reflect.TypeFor[T252](),
	reflect.TypeFor[T253](),
	reflect.TypeFor[T254](),
	reflect.TypeFor[T255](),
	reflect.TypeFor[T256](),
	reflect.TypeFor[T257](),
	reflect.TypeFor[T258](),
	reflect.TypeFor[T259](),
	reflect.TypeFor[T260](),
	reflect.TypeFor[T261](),
	reflect.TypeFor[T262](),
	reflect.TypeFor[T263](),
	reflect.TypeFor[T264](),
	reflect.TypeFor[T265](),
	reflect.TypeFor[T266](),
	reflect.TypeFor[T267](),
	reflect.TypeFor[T268](),
	reflect.TypeFor[T269](),
	reflect.TypeFor[T270](),
	reflect.TypeFor[T271](),
	reflect.TypeFor[T272](),
	reflect.TypeFor[T273](),
	reflect.TypeFor[T274](),
	reflect.TypeFor[T275](),
	reflect.TypeFor[T276](),
	reflect.TypeFor[T277](),
	reflect.TypeFor[T278](),
	reflect.TypeFor[T279](),
	reflect.TypeFor[T280](),
	reflect.TypeFor[T281](),
	reflect.TypeFor[T282](),
	reflect.TypeFor[T283](),
	reflect.TypeFor[T284](),
	reflect.TypeFor[T285](),
	reflect.TypeFor[T286](),
	reflect.TypeFor[T287](),
	reflect.TypeFor[T288](),
	reflect.TypeFor[T289](),
	reflect.TypeFor[T290](),
	reflect.TypeFor[T291](),
	reflect.TypeFor[T292](),
	reflect.TypeFor[T293](),
	reflect.TypeFor[T294](),
	reflect.TypeFor[T295](),
	reflect.TypeFor[T296](),
	reflect.TypeFor[T297](),
	reflect.TypeFor[T298](),
	reflect.TypeFor[T299](),
}

# A static binary in an empty image, run by nobody.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o /keepiton ./cmd/keepiton && mkdir /data

FROM scratch
COPY --from=build /keepiton /keepiton
COPY --from=build --chown=65532:65532 /data /data
USER 65532:65532
ENV KEEPITON_DATA=/data TMPDIR=/data
EXPOSE 8080
VOLUME /data
ENTRYPOINT ["/keepiton"]
CMD ["serve", "--listen", "0.0.0.0:8080"]
